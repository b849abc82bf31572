// Gauges about this process that are ours rather than the client library's.
import { PROCESS_METRICS } from './catalogue/gateway.ts'
import type { EventLoopDelay } from './collectors/event-loop/event-loop.ts'
import { toSampledFamily } from './exposition.ts'
import type { SampledFamily } from './exposition.ts'

export interface ProcessState {
  readonly reload: { readonly success: boolean; readonly wallMs: number }
  readonly eventLoop: EventLoopDelay
  readonly build: { readonly version: string; readonly commit: string }
}

const MS_PER_SECOND = 1_000

export function toProcessGauges({ reload, eventLoop, build }: ProcessState): readonly SampledFamily[] {
  return [
    toSampledFamily(PROCESS_METRICS.configReloadSuccess, [[[], Number(reload.success)]]),
    toSampledFamily(PROCESS_METRICS.configReloadSuccessTime, [[[], reload.wallMs / MS_PER_SECOND]]),
    toSampledFamily(PROCESS_METRICS.eventLoopDelay, [
      [['p50'], eventLoop.p50Seconds],
      [['p99'], eventLoop.p99Seconds],
      [['max'], eventLoop.maxSeconds],
    ]),
    toSampledFamily(PROCESS_METRICS.buildInfo, [[[build.version, build.commit, process.version], 1]]),
  ]
}
