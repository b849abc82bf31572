// How many gateways a cluster may run for a configuration: one where something is kept inside it, several where nothing is.
import type { Config } from '../../config/resolve.ts'

export interface Scale {
  readonly replicas: number
  /** Beyond this more gateways would wait for the same model servers. */
  readonly most: number
  /** Why there can be one only, a sentence each; empty where there may be several. */
  readonly reasons: readonly string[]
}

/** One may be drained while the other serves. */
const LEAST = 2
const GROWTH = 3

export function toScale(config: Config): Scale {
  const reasons = [...whyRecords(config), ...whyLimits(config), ...whyKeys(config)]
  if (reasons.length > 0) return { replicas: 1, most: 1, reasons }
  const replicas = Math.max(LEAST, config.limits.state?.replicas ?? LEAST)
  return { replicas, most: replicas * GROWTH, reasons }
}

function whyRecords({ records }: Config): readonly string[] {
  if (records.store.kind !== 'sqlite') return []
  return [
    'Records are kept in a file, which belongs to one gateway: `records.store: postgres://…` lets several share them.',
  ]
}

function whyLimits({ limits, access, gateway }: Config): readonly string[] {
  if (limits.state !== undefined) return []
  const limited = [...access.keys, ...limits.tenants, ...gateway.models].some((entry) =>
    Object.values(entry.limits ?? {}).some((limit) => limit !== undefined),
  )
  if (!limited) return []
  return [
    'Limits are counted in the process, and several would each allow all of it: `state: redis://…` lets them count together.',
  ]
}

function whyKeys({ access }: Config): readonly string[] {
  if (access.auth === 'none' || access.keys.length > 0) return []
  return [
    'Keys are made with `weir keys create` and lie in the data folder of one gateway: put their hashes under `keys` in the file, and all know them.',
  ]
}
