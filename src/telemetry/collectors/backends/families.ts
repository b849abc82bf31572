// What backends tell of themselves as families of the page: by their probes, and by the pages this folder reads.
import type { BackendLive } from '../../../core/live.ts'
import { BACKEND_METRICS } from '../../catalogue/backends.ts'
import { toSampledFamily, type SampledFamily } from '../../exposition.ts'
import { toLabelText } from '../gpu.ts'
import type { BackendsCollector } from './backends.ts'
import type { ServerLoad } from './server-load.ts'

const LINES_PER_BACKEND = 6
const FEWEST_BACKENDS = 3
const MOST_BACKENDS = 15

/** Lines of exposition to set aside for so many backends; a few may come while it runs. */
export function linesOfBackends(count: number): number {
  return LINES_PER_BACKEND * Math.min(MOST_BACKENDS, Math.max(FEWEST_BACKENDS, count))
}

type Told = Pick<BackendsCollector, 'load' | 'version'>

const NOTHING_TOLD: Told = { load: () => undefined, version: () => undefined }

export function toBackendFamilies(
  backends: readonly BackendLive[],
  { load, version }: Told = NOTHING_TOLD,
): readonly SampledFamily[] {
  const byBackend = (read: (backend: BackendLive) => number | undefined) =>
    backends.flatMap((backend) => {
      const value = read(backend)
      return value === undefined ? [] : [[[backend.name], value] as const]
    })
  const byLoad = (read: (load: ServerLoad) => number | undefined) =>
    // What is known to be down says nothing of itself.
    byBackend(({ name, up }) => (up === false ? undefined : read(load(name) ?? {})))
  const infos = backends.map(({ name, kind, version: probed }) => {
    const told = toLabelText(probed ?? version(name) ?? '')
    return [[name, kind, told], 1] as const
  })
  return [
    toSampledFamily(BACKEND_METRICS.backendInfo, infos),
    toSampledFamily(
      BACKEND_METRICS.backendModels,
      byBackend(({ listed }) => listed),
    ),
    toSampledFamily(
      BACKEND_METRICS.backendRequestsRunning,
      byLoad(({ running }) => running),
    ),
    toSampledFamily(
      BACKEND_METRICS.backendRequestsWaiting,
      byLoad(({ waiting }) => waiting),
    ),
    toSampledFamily(
      BACKEND_METRICS.backendKvCache,
      byLoad(({ kvCacheRatio }) => kvCacheRatio),
    ),
    toSampledFamily(
      BACKEND_METRICS.backendSlots,
      byLoad(({ slots }) => slots),
    ),
  ]
}
