// What serves requests under one configuration, made anew for each; what outlives configurations is handed in.
import type { StoredKeys } from '../access/keys.ts'
import type { LimitState } from '../access/limits/limit-state.ts'
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'
import type { GatewaySettings } from '../gateway/config.ts'
import type { ContentRule } from '../gateway/content.ts'
import { createRuntime, type Runtime } from '../gateway/runtime.ts'
import type { Lookup } from '../gateway/upstream/dial/name-cache.ts'
import type { toFleetEvents } from './fleet-log.ts'
import { toGapBoundsMs, toThresholds } from './thresholds.ts'

export interface LastingParts {
  readonly clock: Clock
  readonly ids: Ids
  readonly events: ReturnType<typeof toFleetEvents>
  readonly storedKeys: StoredKeys
  readonly limitState: LimitState
  /** Stands in for the backends of a configuration that names none. */
  readonly defaultBackends: GatewaySettings['backends']
  readonly lookup: Lookup | undefined
}

export type RuntimeMaker = (config: Config, previous: Runtime | undefined) => Runtime

export function createRuntimeMaker(parts: LastingParts): RuntimeMaker {
  const { clock, ids, events, storedKeys, limitState, defaultBackends, lookup } = parts
  return ({ gateway, access, limits, records, serviceLevels }, previous) => {
    const settings = {
      ...gateway,
      ...(gateway.backends.length > 0 ? {} : { backends: defaultBackends }),
      // Who sends them was made at the start, or was not.
      traces: previous?.settings.traces ?? gateway.traces,
    }
    return createRuntime({
      ...{ settings, access, storedKeys, clock, events, lookup, previous },
      random: () => ids.random(),
      limits: { settings: limits, state: limitState },
      content: toContentRule(records),
      gapBoundsMs: toGapBoundsMs(toThresholds(serviceLevels)),
    })
  }
}

/** Where there is no store nothing can be kept, whatever a key says. */
function toContentRule(records: Config['records']): ContentRule | undefined {
  const { store, content: policy, sample: sampleRatio, contentSize: maxBytes } = records
  return store.kind === 'off' ? undefined : { policy, sampleRatio, maxBytes }
}
