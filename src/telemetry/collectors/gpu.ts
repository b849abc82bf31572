// What any GPU tells, whoever made it, and how it becomes families of the page. Pure.
import { GPU_METRICS } from '../catalogue/hosts.ts'
import { toSampledFamily, type SampledFamily } from '../exposition.ts'

export interface GpuReading {
  /** Its number on this machine, as its tool counts. */
  readonly gpu: string
  readonly uuid: string
  readonly name: string
  /** Undefined, each of these, where this GPU does not tell. */
  readonly usedBytes: number | undefined
  readonly totalBytes: number | undefined
  readonly utilizationRatio: number | undefined
  readonly celsius: number | undefined
  readonly watts: number | undefined
}

/** What reads the GPUs of one maker. */
export interface GpuCollector {
  /** As they were read last; those that were not read lately are left out. */
  readings(): readonly GpuReading[]
  /** Undefined where there is no such tool, or none that ever had a GPU to tell of. */
  up(): boolean | undefined
  /** Resolves when it is first known what there is to read; never rejects. */
  readonly ready: Promise<void>
  close(): void
}

/** The largest machines sold have sixteen. */
const MOST_GPUS = 16

/** Lines of exposition set aside for GPUs. */
export const GPU_LINES = MOST_GPUS * Object.keys(GPU_METRICS).length

const VALUES = [
  [GPU_METRICS.gpuMemoryUsed, ({ usedBytes }) => usedBytes],
  [GPU_METRICS.gpuMemoryTotal, ({ totalBytes }) => totalBytes],
  [GPU_METRICS.gpuUtilization, ({ utilizationRatio }) => utilizationRatio],
  [GPU_METRICS.gpuTemperature, ({ celsius }) => celsius],
  [GPU_METRICS.gpuPower, ({ watts }) => watts],
] as const satisfies readonly (readonly [unknown, (gpu: GpuReading) => number | undefined])[]

export function toGpuFamilies(gpus: readonly GpuReading[]): readonly SampledFamily[] {
  const shown = gpus.slice(0, MOST_GPUS)
  return VALUES.map(([definition, read]) =>
    toSampledFamily(
      definition,
      shown.flatMap((each) => {
        const value = read(each)
        return value === undefined ? [] : [[[each.gpu, each.uuid, each.name], value] as const]
      }),
    ),
  )
}

const MOST_LABEL_CHARACTERS = 120

/** A word of a tool as the value of a label: one line, and not without end. */
export function toLabelText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_LABEL_CHARACTERS)
}

/** A ratio of what a tool calls percent; what is beyond is a mistake of the tool, not a measurement. */
export function toPercentRatio(percent: number | undefined): number | undefined {
  return percent === undefined || percent < 0 || percent > 100 ? undefined : percent / 100
}
