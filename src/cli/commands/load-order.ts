// What `weir load run` was asked to do: the target, the plan, the key and what counts as good, or every complaint at once.
import { explain } from '../../config/explain.ts'
import type { Config } from '../../config/resolve.ts'
import { Secret } from '../../core/secret.ts'
import { APIS } from '../../load/apis/registry.ts'
import {
  parseTarget,
  refuseStranger,
  systemLookup,
  toSocketTarget,
  type Target,
} from '../../load/client/target.ts'
import { parseCondition, type Condition } from '../../load/compare/expression.ts'
import { choosePromised, parseWithin, type Objective } from '../../load/objectives.ts'
import { API_NAMES } from '../../load/plan.ts'
import { readSettings, type LoadSettings, type WrittenLoad } from '../../load/settings.ts'
import { toLoader, warn } from '../define.ts'
import type { World } from '../world.ts'

export interface RunFlags extends WrittenLoad {
  readonly config?: string
  readonly dataDir?: string
  readonly model: string
  readonly key?: string
  readonly keyEnv?: string
  readonly within?: string
  readonly save?: string
  readonly failIf?: readonly string[]
  readonly allowHost?: string
  readonly json?: true
}

export interface LoadOrder {
  readonly target: Target
  readonly key: Secret | undefined
  readonly settings: LoadSettings
  readonly conditions: readonly Condition[]
  /** For whoever reads: what was found, and what was left out. */
  readonly notes: readonly string[]
}

type ReadOrder = { readonly order: LoadOrder } | { readonly complaints: readonly string[] }

export async function readOrder(url: string | undefined, flags: RunFlags, world: World): Promise<ReadOrder> {
  // An address says whom to load; what stands in a file of this folder is then nobody's promise unless it is named.
  const isConfigured = url === undefined || flags.config !== undefined
  const config = isConfigured ? readConfig(flags, world) : undefined
  if (isConfigured && config === undefined) return { complaints: [] }
  const complaints: string[] = []
  const take = <T>(read: T | { readonly complaint: string }): T | undefined => {
    if (typeof read === 'object' && read !== null && 'complaint' in read) {
      complaints.push(read.complaint)
      return undefined
    }
    return read
  }
  const target = take(url === undefined ? toOwnTarget(config) : parseTarget(url))?.target
  const key = take(readKey(flags, world))?.key
  const chosen = take(readObjectives(flags, config))
  const read = readSettings(flags, chosen?.objectives ?? [])
  if ('complaints' in read) complaints.push(...read.complaints)
  const conditions = (flags.failIf ?? []).flatMap((text) => take(readCondition(text))?.condition ?? [])
  if (target !== undefined && complaints.length === 0) {
    const refusal = await refuseStranger(target, flags.allowHost, systemLookup)
    if (refusal !== undefined) complaints.push(refusal)
  }
  if (target === undefined || 'complaints' in read || complaints.length > 0) return { complaints }
  const notes = (chosen?.leftOut ?? []).map(
    ({ name, reason }) => `the objective ${name} is left out: ${reason}`,
  )
  return { order: { target, key, settings: read.settings, conditions, notes } }
}

function readConfig(flags: RunFlags, world: World): Config | undefined {
  const result = toLoader({ config: flags.config, dataDir: flags.dataDir }, world)()
  warn(world, result.warnings)
  if (result.ok) return result.config
  world.streams.stderr.write(explain(result.problems))
  return undefined
}

const EVERY_INTERFACE: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::', '*']

/** The gateway that this configuration starts, as this machine reaches it. */
function toOwnTarget(
  config: Config | undefined,
): { readonly target: Target } | { readonly complaint: string } {
  const listen = config?.gateway.listen
  if (listen === undefined)
    return { complaint: 'whom to load? Give an address such as http://127.0.0.1:18789' }
  if (listen.kind === 'unix') return { target: toSocketTarget(listen.path) }
  const host = EVERY_INTERFACE.includes(listen.host) ? '127.0.0.1' : (listen.host ?? '')
  return parseTarget(`http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`)
}

function readKey(
  { key, keyEnv }: RunFlags,
  { env }: World,
): { readonly key: Secret | undefined } | { readonly complaint: string } {
  if (key !== undefined && keyEnv !== undefined) return { complaint: '--key and --key-env: choose one' }
  const value = keyEnv === undefined ? key : env[keyEnv]
  if (keyEnv !== undefined && (value === undefined || value === ''))
    return { complaint: `--key-env: the environment variable ${keyEnv} is not set` }
  if (value !== undefined && !/^[\x21-\x7e]+$/.test(value))
    return { complaint: 'the key holds signs that no header can' }
  return { key: value === undefined ? undefined : new Secret(value) }
}

interface Chosen {
  readonly objectives: readonly Objective[]
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** What was given by hand goes before what the configuration promises. */
function readObjectives(
  { within, model, api }: RunFlags,
  config: Config | undefined,
): Chosen | { readonly complaint: string } {
  if (within !== undefined) {
    const read = parseWithin(within)
    return 'complaint' in read ? { complaint: `--within: ${read.complaint}` } : { ...read, leftOut: [] }
  }
  const { path } = APIS[API_NAMES.find((name) => name === api) ?? 'openai']
  return choosePromised(config?.serviceLevels.slos ?? [], { model, route: path })
}

function readCondition(text: string): { readonly condition: Condition } | { readonly complaint: string } {
  const read = parseCondition(text)
  if ('complaint' in read) return { complaint: `--fail-if ${read.complaint}` }
  if (read.condition.against === 'value') return read
  return {
    complaint: `--fail-if ${text}: one run has nothing to be held against; that is for weir load compare`,
  }
}
