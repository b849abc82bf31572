// One line of nvidia-smi's comma-separated values, read. Pure. Formats seen: drivers 430 to 580.
import { toLabelText, toPercentRatio, type GpuReading } from '../gpu.ts'

/** The names of the fields, in the order of a line; the tool knows each of them since driver 340. */
export const NVIDIA_FIELDS = [
  ...['index', 'uuid', 'name'],
  ...['memory.used', 'memory.total', 'utilization.gpu', 'temperature.gpu', 'power.draw'],
] as const

const NUMBERS = 5
const LEAST_FIELDS = NVIDIA_FIELDS.length
const BYTES_PER_MIB = 1_048_576

/** Undefined for whatever is no GPU: headings, messages of the driver, empty lines. */
export function parseSmiLine(line: string): GpuReading | undefined {
  const fields = line.split(',').map((field) => field.trim())
  const [gpu = '', uuid = ''] = fields
  if (fields.length < LEAST_FIELDS || !/^\d{1,4}$/.test(gpu)) return undefined
  const [used, total, percent, celsius, watts] = fields.slice(-NUMBERS).map(toNumber)
  return {
    gpu,
    uuid: toLabelText(uuid),
    // The name of a product may hold a comma.
    name: toLabelText(fields.slice(2, -NUMBERS).join(', ')),
    usedBytes: used === undefined ? undefined : used * BYTES_PER_MIB,
    // No GPU has no memory: those that share that of the machine say 0 or nothing.
    totalBytes: total === undefined || total === 0 ? undefined : total * BYTES_PER_MIB,
    utilizationRatio: toPercentRatio(percent),
    celsius,
    watts,
  }
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `[GPU requires reset]` and `ERR!` are no numbers. Units stand behind some. */
function toNumber(text: string): number | undefined {
  const digits = /^(-?\d+(?:\.\d+)?)(?: ?(?:MiB|%|W|C))?$/.exec(text)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
