// What the flags of `weir keys create` and `rotate` ask for, held against the same rules as an entry of the file.
import { keySchema } from '../../access/config.ts'
import { hashKey } from '../../access/create-key.ts'
import type { KeyOrder } from '../../access/store/key-desk.ts'
import type { KeyGrant } from '../../access/store/key-store.ts'
import { toMessage } from '../../config/issues.ts'
import type { Config } from '../../config/resolve.ts'
import { printPath, type ConfigPath } from '../../config/path.ts'
import { parseInstant } from '../../core/instant.ts'
import { parseDuration } from '../../core/units.ts'

/** As the command line brings them: text, and nothing checked. */
export interface OrderFlags {
  readonly name: string
  readonly tenant?: string
  readonly models?: string
  readonly paths?: string
  readonly from?: string
  readonly expires?: string
  readonly priority?: string
  readonly content?: string
  readonly requests?: string
  readonly tokens?: string
  readonly concurrent?: string
  readonly budget?: string
}

export type ReadOrder =
  | { readonly order: KeyOrder }
  /** Every complaint, each with its flag. */
  | { readonly complaints: readonly string[] }

/** Stands where the hash will be, so that the whole entry can be checked before a key is made. */
const ANY_HASH = hashKey('')

export function readOrder(flags: OrderFlags, nowMs: number): ReadOrder {
  const grant = toGrant(flags)
  const expires = flags.expires === undefined ? undefined : readExpiry(flags.expires, nowMs)
  const issues = keySchema.safeParse({ ...grant, name: flags.name, hash: ANY_HASH }, { error: toMessage })
    .error?.issues
  const complaints = [
    ...(issues ?? []).map(({ path, message }) => `--${printPath(toFlag(path))}: ${message}`),
    ...(typeof expires === 'string' ? [`--expires: ${expires}`] : []),
  ]
  if (complaints.length > 0 || typeof expires === 'string') return { complaints }
  return { order: { name: flags.name, grant, expiresAtMs: expires } }
}

/** Of a limit that is right in itself and does nothing beside this configuration. */
export function adviseOfBudget({ grant }: KeyOrder, config: Config | undefined): readonly string[] {
  const isPriced = config?.gateway.models.some(({ price }) => price !== undefined) ?? true
  if (grant.limits?.budget === undefined || isPriced) return []
  return [
    'no model of the configuration has a price (models[].price): the budget counts nothing until one has',
  ]
}

/** Milliseconds since the epoch, or what is wrong with the text. */
export function readExpiry(text: string, nowMs: number): number | string {
  const durationMs = parseDuration(text)
  const ms = durationMs === undefined ? parseInstant(text) : nowMs + durationMs
  if (ms === undefined || ms > LAST_MS) {
    return 'expected how long it lasts, such as 90d, or until when, such as 2026-12-31 or 2026-12-31T18:00:00Z'
  }
  return ms > nowMs ? ms : 'expected a moment that is still to come'
}

/** The end of the year 9999: beyond it dates are written in another form. */
const LAST_MS = Date.UTC(10_000, 0, 1) - 1

function toGrant(flags: OrderFlags): KeyGrant {
  const { tenant, priority, content, requests, tokens, concurrent, budget } = flags
  const limits = given({ requests, tokens, concurrent, budget })
  return given({
    tenant,
    models: toList(flags.models),
    paths: toList(flags.paths),
    from: toList(flags.from),
    priority,
    content,
    limits: Object.keys(limits).length === 0 ? undefined : limits,
  })
}

function given(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function toList(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((item) => item.trim())
}

/** `limits.requests` of the file is `--requests` here. */
function toFlag(path: readonly PropertyKey[]): ConfigPath {
  const steps = path.map((step) => (typeof step === 'number' ? step : String(step)))
  return steps[0] === 'limits' && steps.length > 1 ? steps.slice(1) : steps
}
