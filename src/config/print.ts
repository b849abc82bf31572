// The configuration as it was resolved, in the form people write it, with secrets hidden. What is printed can be read again,
// but for what is hidden.
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { printRates, printSlots, type RateLimit, type SlotLimit } from '../access/limits/config.ts'
import { printTokens } from '../access/limits/prices/config.ts'
import type { StateUrl } from '../access/limits/state/config.ts'
import { printStorePlace, type StorePlace } from '../records/config.ts'
import { printInstant } from '../core/instant.ts'
import { Secret } from '../core/secret.ts'
import { parseDuration, printDuration, printRatio, printSize } from '../core/units.ts'
import { printIndicator, printWindow, type Indicator, type WindowSettings } from '../slo/config.ts'
import { printTimeOfDay } from '../slo/maintenance/config.ts'
import type { FieldNode } from './field-tree.ts'
import { printListenAddress, printPause, type Form, type ListenAddress } from './fields.ts'
import { isMap, type ConfigPath } from './path.ts'
import type { Config } from './resolve.ts'
import { fieldTree } from './validate.ts'

export type PrintFormat = 'yaml' | 'json'

const HIDDEN = '[secret]'
/** Enough of a hash to tell two keys apart, not enough to look one up. */
const SHOWN_OF_HASH = 'sha256:'.length + 8
const JSON_INDENT = 2

export function printConfig(config: Config, format: PrintFormat): string {
  const written = toWritten(toFile(config), { node: fieldTree, path: [], printing: HIDING })
  return format === 'json'
    ? `${JSON.stringify(written, null, JSON_INDENT)}\n`
    : stringify(written, { lineWidth: 0 })
}

export type WrittenConfig = Readonly<Record<string, unknown>>

/**
 * For a file that another machine shall read: only what differs from the defaults, hashes whole, and for each secret what
 * `secretAt` gives in its place, so that none can be left in by accident.
 */
export function toPortable(config: Config, secretAt: (path: ConfigPath) => string): WrittenConfig {
  const printing: Printing = { secret: (_, path) => secretAt(path), isWhole: false }
  const written = toWritten(toFile(config), { node: fieldTree, path: [], printing })
  return isMap(written) ? written : {}
}

/** A default is written as its author liked: `60s` is the same as `1m`, and 0 as "0". */
function isDefault(entry: unknown, { fallback, form }: FieldNode): boolean {
  if (!isPlain(entry) || !isPlain(fallback)) return isDeepStrictEqual(entry, fallback)
  const [one, other] = [`${entry}`, `${fallback}`]
  return one === other || (form === 'duration' && parseDuration(one) === parseDuration(other))
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

interface Printing {
  /** What stands for a secret; `shown` is its text without what nobody may read, where it has such a form. */
  readonly secret: (shown: string | undefined, path: ConfigPath) => string
  /** Also what is the default; and of hashes only as much as tells two apart. */
  readonly isWhole: boolean
}

const HIDING: Printing = { secret: (shown) => shown ?? HIDDEN, isWhole: true }

interface Place {
  readonly node: FieldNode
  readonly path: ConfigPath
  readonly printing: Printing
}

function toFile(config: Config): WrittenConfig {
  const { gateway, access, limits, telemetry, records, serviceLevels, alerting, dataDir } = config
  const { slos, maintenance, rules } = serviceLevels
  const levels = { slos, maintenance, alerts: { ...alerting, rules } }
  return { ...gateway, ...access, ...limits, ...telemetry, records, ...levels, data: dataDir }
}

/** Back from what the program reads to what people write, in the order of the schema. */
function toWritten(value: unknown, place: Place): unknown {
  const { node, path, printing } = place
  if (value === undefined) return undefined
  if (node.form !== undefined) return printForm(value, node.form, place)
  if (Array.isArray(value)) {
    const { item } = node
    if (item === undefined) return value
    return value.map((entry, at) => toWritten(entry, { node: item, path: [...path, at], printing }))
  }
  if (!isMap(value)) return escapeReferences(value)
  if (node.fields.size === 0) return toChosen(value, place)
  const entries = [...node.fields].map(([key, field]) => {
    const entry = toWritten(value[key], { node: field, path: [...path, key], printing })
    const isNeeded = printing.isWhole || !isDefault(entry, field)
    return [key, isNeeded ? entry : undefined] as const
  })
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined))
}

/** A map whose keys people choose themselves, such as headers: what its values are shows in them only. */
function toChosen(map: WrittenConfig, { path, printing }: Place): WrittenConfig {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      value instanceof Secret ? printing.secret(undefined, [...path, key]) : escapeReferences(value),
    ]),
  )
}

const PRINT_NUMBER: Readonly<Partial<Record<Form, (value: number) => string | number>>> = {
  duration: printDuration,
  size: printSize,
  ratio: printRatio,
  instant: printInstant,
  pause: printPause,
  concurrency: (count) => count,
  tokens: printTokens,
  timeOfDay: printTimeOfDay,
  number: (number) => number,
  price: (price) => String(price),
}

function printForm(value: unknown, form: Form, { path, printing }: Place): unknown {
  if (form === 'secret') return printing.secret(undefined, path)
  if (form === 'hash') return printHash(String(value), printing)
  if (form === 'address') return printListenAddress(value as ListenAddress)
  if (form === 'rates') return printRates(value as readonly RateLimit[])
  if (form === 'slots') return printSlots(value as SlotLimit)
  if (form === 'store') return printStore(value as StorePlace, { path, printing })
  if (form === 'sli') return printIndicator(value as Indicator)
  if (form === 'sloWindow') return printWindow(value as WindowSettings)
  if (form === 'state') return printUrl(value as StateUrl, { path, printing })
  return typeof value === 'number' ? PRINT_NUMBER[form]?.(value) : escapeReferences(value)
}

function printHash(hash: string, { isWhole }: Printing): string {
  return isWhole ? `${hash.slice(0, SHOWN_OF_HASH)}…` : hash
}

type Hiding = Pick<Place, 'path' | 'printing'>

function printStore(place: StorePlace, hiding: Hiding): string {
  return place.kind === 'postgres' ? printUrl(place, hiding) : printStorePlace(place)
}

/** One that holds no password is no secret. */
function printUrl({ secret, shown }: StateUrl, { path, printing }: Hiding): string {
  return secret.reveal() === shown ? shown : printing.secret(shown, path)
}

/** A value that holds `${` by itself must not become a reference when it is read again. (In a replacement text, `$$` is one `$`.) */
function escapeReferences(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('${', () => '$${') : value
}
