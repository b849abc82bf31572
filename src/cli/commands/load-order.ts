// What `weir load run` was asked to do: the target, the plan, the key and what counts as good, or every complaint at once.
import { explain } from '../../config/explain.ts'
import type { Config } from '../../config/resolve.ts'
import { Secret } from '../../core/secret.ts'
import type { Api } from '../../load/apis/api.ts'
import { APIS } from '../../load/apis/registry.ts'
import { chooseModel } from '../../load/client/listing.ts'
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
import { clockOf } from './sla-load.ts'

export interface RunFlags extends WrittenLoad {
  readonly config?: string
  readonly dataDir?: string
  readonly model?: string
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
  const take = createTaker(complaints)
  const target = take(url === undefined ? toOwnTarget(config) : parseTarget(url))?.target
  const key = take(readKey(flags, world))?.key
  const conditions = (flags.failIf ?? []).flatMap((text) => take(readCondition(text))?.condition ?? [])
  const refusal = target && (await refuseStranger(target, flags.allowHost, systemLookup))
  if (refusal !== undefined) complaints.push(refusal)
  const name = await findModel(flags, { target, key, world, complaints })
  const chosen = take(readObjectives(flags, name, config))
  const read = readSettings({ ...flags, model: name }, chosen?.objectives ?? [])
  if ('complaints' in read) complaints.push(...read.complaints)
  if (target === undefined || 'complaints' in read || complaints.length > 0) return { complaints }
  const notes = toNotes(chosen)
  return { order: { target, key, settings: read.settings, conditions, notes } }
}

/** Notes what is wrong, and goes on: everything is told at once. */
function createTaker(complaints: string[]) {
  return <T>(read: T | { readonly complaint: string }): T | undefined => {
    if (typeof read === 'object' && read !== null && 'complaint' in read) {
      complaints.push(read.complaint)
      return undefined
    }
    return read
  }
}

function toNotes(chosen: ChosenObjectives | undefined): readonly string[] {
  return (chosen?.leftOut ?? []).map(({ name, reason }) => `the objective ${name} is left out: ${reason}`)
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

interface ChosenObjectives {
  readonly objectives: readonly Objective[]
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** For what is read though no model could be found, which was told. */
const UNKNOWN = 'unknown'

interface Asked extends Pick<LoadOrder, 'key'> {
  readonly target: Target | undefined
  readonly world: World
  readonly complaints: string[]
}

/** A server is asked for its models only where nothing else is wrong; what else was written is read all the same. */
async function findModel(flags: RunFlags, { target, key, world, complaints }: Asked): Promise<string> {
  if (flags.model !== undefined) return flags.model
  if (target === undefined || complaints.length > 0) return UNKNOWN
  const chosen = await chooseModel({ target, key, api: apiOf(flags), clock: clockOf(world) })
  if ('model' in chosen) return chosen.model
  complaints.push(chosen.complaint)
  return UNKNOWN
}

function apiOf({ api }: RunFlags): Api {
  return APIS[API_NAMES.find((name) => name === api) ?? 'openai']
}

/** What was given by hand goes before what the configuration promises. */
function readObjectives(
  flags: RunFlags,
  model: string,
  config: Config | undefined,
): ChosenObjectives | { readonly complaint: string } {
  const { within } = flags
  if (within !== undefined) {
    const read = parseWithin(within)
    return 'complaint' in read ? { complaint: `--within: ${read.complaint}` } : { ...read, leftOut: [] }
  }
  return choosePromised(config?.serviceLevels.slos ?? [], { model, route: apiOf(flags).path })
}

function readCondition(text: string): { readonly condition: Condition } | { readonly complaint: string } {
  const read = parseCondition(text)
  if ('complaint' in read) return { complaint: `--fail-if ${read.complaint}` }
  if (read.condition.against === 'value') return read
  return {
    complaint: `--fail-if ${text}: one run has nothing to be held against; that is for weir load compare`,
  }
}
