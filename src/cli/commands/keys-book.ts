// Which limits hold for the keys of a list, and how much of each is used: the facts, without a word of how they are shown.
import { toRules, type Rule } from '../../access/limits/rule.ts'
import { readUses } from '../../access/limits/usage/read-uses.ts'
import type { RuleUse } from '../../access/limits/usage/use.ts'
import type { ListedKey } from '../../access/store/key-desk.ts'
import type { Config } from '../../config/resolve.ts'
import type { Clock } from '../../core/clock.ts'

export interface UsedRule {
  readonly rule: Rule
  readonly use: RuleUse
}

export interface BookedKey {
  readonly key: ListedKey
  /** Its own limits; none of a key that opens nothing any more. Keys of one name are counted together. */
  readonly own: readonly UsedRule[]
  /** Those it shares with the other keys of its tenant. */
  readonly shared: readonly UsedRule[]
}

export interface KeyBook {
  readonly keys: readonly BookedKey[]
  readonly currency: string | undefined
  /** Where days and months of budgets begin. */
  readonly timezone: string
  readonly nowMs: number
  /** Why something that is kept could not be read. */
  readonly problem: string | undefined
}

/** As much of a configuration as says what is counted where. */
export type LimitedConfig = Pick<Config, 'limits' | 'gateway' | 'dataDir'>

export interface BookInput {
  readonly listed: readonly ListedKey[]
  /** Undefined while it is broken: then nobody knows where anything is counted. */
  readonly config: LimitedConfig | undefined
  readonly clock: Clock
}

const NO_USE: RuleUse = { unknown: 'unconfigured' }

export async function openKeyBook({ listed, config, clock }: BookInput): Promise<KeyBook> {
  // One moment for all of it.
  const nowMs = clock.wall()
  const tenants = new Map(
    config?.limits.tenants.map(({ name, limits }) => [name, toRules({ scope: 'tenant', name }, limits)]),
  )
  const ruled = listed.map((key) => ({
    key,
    own: isLimited(key) ? toRules({ scope: 'key', name: key.name }, key.grant.limits) : [],
    shared: isLimited(key) ? (tenants.get(key.grant.tenant ?? '') ?? []) : [],
  }))
  const rules = new Map(
    ruled.flatMap(({ own, shared }) => [...own, ...shared]).map((rule) => [rule.id, rule]),
  )
  const currency = config?.gateway.models.find(({ price }) => price !== undefined)?.price?.currency
  const read =
    config === undefined
      ? undefined
      : await readUses({
          rules: [...rules.values()],
          ...{ state: config.limits.state, timezone: config.limits.timezone, dataDir: config.dataDir },
          ...{ hasPrices: currency !== undefined, clock: { ...clock, wall: () => nowMs } },
        })
  const toUsed = (rule: Rule): UsedRule => ({ rule, use: read?.uses.get(rule.id) ?? NO_USE })
  return {
    keys: ruled.map(({ key, own, shared }) => ({ key, own: own.map(toUsed), shared: shared.map(toUsed) })),
    ...{ currency, timezone: config?.limits.timezone ?? 'UTC', nowMs, problem: read?.problem },
  }
}

/** A key that has expired still says what was spent with it; one that was revoked may share its name with its successor. */
function isLimited({ state }: ListedKey): boolean {
  return state === 'active' || state === 'expired'
}

/** The share of the limit that is used most, the tenant's included; undefined where none is known. */
export function findMostUsed({ own, shared }: BookedKey): number | undefined {
  const ratios = [...own, ...shared].flatMap(({ rule, use }) =>
    'unknown' in use ? [] : [use.used / rule.capacity],
  )
  return ratios.length === 0 ? undefined : Math.max(...ratios)
}
