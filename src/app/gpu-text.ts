// What nvidia-smi prints of its GPUs as comma-separated values, read. Pure.

export interface GpuReading {
  readonly index: string
  readonly uuid: string
  readonly name: string
  /** Undefined where this GPU does not tell. */
  readonly memoryRatio: number | undefined
  readonly utilizationRatio: number | undefined
  readonly celsius: number | undefined
}

const PERCENT = 100
const FIELDS = 7

/** One line a GPU: index, uuid, name, memory used and in all in MiB, utilization in percent, temperature. */
export function parseGpus(text: string): readonly GpuReading[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(',').map((field) => field.trim())
    const [index = '', uuid = '', name = '', used = '', total = '', utilization = '', celsius = ''] = fields
    if (fields.length !== FIELDS || !/^\d+$/.test(index)) return []
    const [usedMiB, totalMiB, percent] = [used, total, utilization].map(readNumber)
    return [
      {
        ...{ index, uuid, name },
        memoryRatio:
          usedMiB === undefined || totalMiB === undefined || totalMiB === 0 ? undefined : usedMiB / totalMiB,
        utilizationRatio: percent === undefined ? undefined : percent / PERCENT,
        celsius: readNumber(celsius),
      },
    ]
  })
}

/** `[N/A]` and `[Not Supported]` are no numbers. */
function readNumber(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}
