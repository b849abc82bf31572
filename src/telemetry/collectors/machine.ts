// THE ONE READER OF THE MACHINE: host and GPUs, for the metrics page and for rules about gauges. Each collector runs from when
// somebody wants what it reads: because it is configured, or because a rule asks.
import type { Clock } from '../../core/clock.ts'
import { COLLECTOR_METRICS } from '../catalogue/hosts.ts'
import { toSampledFamily, type SampledFamily } from '../exposition.ts'
import { AMD_TOOLS, createAmdCollector } from './amd/amd.ts'
import { GPU_LINES, toGpuFamilies, type GpuCollector, type GpuReading } from './gpu.ts'
import {
  createHostCollector,
  HOST_LINES,
  toHostFamilies,
  type HostCollector,
  type HostReading,
} from './host/host.ts'
import { createNvidiaCollector, NVIDIA_TOOL } from './nvidia/nvidia.ts'
import type { Report } from './report.ts'
import { createToolFinder, hasTool } from './tools/find-tool.ts'
import { createToolStarter } from './tools/tool-process.ts'

export interface MachineInput {
  readonly clock: Clock
  readonly settings: { readonly every: number; readonly host: boolean; readonly gpus: boolean }
  readonly dataDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly report: Report
}

export interface Machine {
  /** As it was read last; of one that was not read before, when that was tried. */
  host(): Promise<HostReading>
  gpus(): Promise<readonly GpuReading[]>
  /** Lines of exposition to set aside. Where no tool for GPUs is installed at the start there is no room for any. */
  readonly lines: number
  /** What is configured to be shown. Reads nothing. */
  families(): readonly SampledFamily[]
  close(): void
}

const GPU_TOOLS = [NVIDIA_TOOL, ...AMD_TOOLS]
/** One for each of the three collectors, whether it brings anything. */
const UP_LINES = 3

/** A first look at GPUs that takes longer is not waited for. */
const FIRST_LOOK_MS = 5_000

interface GpuCollectors {
  readonly nvidia: GpuCollector
  readonly amd: GpuCollector
}

export function createMachine({ clock, settings, dataDir, env, report }: MachineInput): Machine {
  const everyMs = settings.every
  let host: HostCollector | undefined
  let gpus: GpuCollectors | undefined
  const wantHost = (): HostCollector => (host ??= createHostCollector({ clock, everyMs, dataDir }))
  const wantGpus = (): GpuCollectors => {
    if (gpus !== undefined) return gpus
    const input = {
      ...{ clock, everyMs, report },
      find: createToolFinder(() => env['PATH']),
      start: createToolStarter(env),
    }
    gpus = { nvidia: createNvidiaCollector(input), amd: createAmdCollector(input) }
    return gpus
  }
  const gpuLines = settings.gpus && hasTool(GPU_TOOLS, env['PATH']) ? GPU_LINES : 0
  if (settings.host) wantHost()
  if (settings.gpus) wantGpus()
  return {
    lines: (settings.host ? HOST_LINES : 0) + gpuLines + UP_LINES,
    async host() {
      const collector = wantHost()
      await collector.ready
      return collector.reading()
    },
    async gpus() {
      const { nvidia, amd } = wantGpus()
      await first(clock, Promise.all([nvidia.ready, amd.ready]))
      return [...nvidia.readings(), ...amd.readings()]
    },
    families: () => toFamilies(settings.host ? host : undefined, settings.gpus ? gpus : undefined),
    close() {
      host?.close()
      gpus?.nvidia.close()
      gpus?.amd.close()
    },
  }
}

function toFamilies(
  host: HostCollector | undefined,
  gpus: GpuCollectors | undefined,
): readonly SampledFamily[] {
  const ups = [
    ['host', host?.up()],
    ['nvidia', gpus?.nvidia.up()],
    ['amd', gpus?.amd.up()],
  ] as const
  return [
    ...(host === undefined ? [] : toHostFamilies(host.reading())),
    ...toGpuFamilies([...(gpus?.nvidia.readings() ?? []), ...(gpus?.amd.readings() ?? [])]),
    toSampledFamily(
      COLLECTOR_METRICS.collectorUp,
      ups.flatMap(([name, up]) => (up === undefined ? [] : [[[name], Number(up)] as const])),
    ),
  ]
}

function first(clock: Clock, ready: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const stop = clock.after(FIRST_LOOK_MS, resolve)
    void ready.then(() => {
      stop()
      resolve()
    })
  })
}
