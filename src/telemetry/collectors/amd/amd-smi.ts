// What `amd-smi` prints as JSON, read. Pure. Formats seen: ROCm 6.1 to 7.0, a list of GPUs, or one under `gpu_data`.
import { toLabelText, toPercentRatio, type GpuReading } from '../gpu.ts'
import { firstAmount, parseToolJson, toAmount, toFields, toText, type Fields } from './json.ts'

export const AMD_SMI_METRIC = ['metric', '--mem-usage', '--usage', '--power', '--temperature', '--json']
/** What a GPU is called, and which one it is; these do not change while it runs. */
export const AMD_SMI_IDENTITY = [
  ['list', '--json'],
  ['static', '--asic', '--json'],
]

export interface AmdIdentity {
  readonly uuid: string
  readonly name: string
}

const UNKNOWN: AmdIdentity = { uuid: '', name: 'AMD GPU' }

function listGpus(text: string): readonly Fields[] {
  const parsed = parseToolJson(text)
  const list = Array.isArray(parsed) ? (parsed as unknown[]) : toFields(parsed)['gpu_data']
  return Array.isArray(list) ? (list as unknown[]).map(toFields) : []
}

function numberOf({ gpu }: Fields): string | undefined {
  const number = toAmount(gpu)
  return number === undefined ? undefined : String(number)
}

/** From both answers about identity, by number. */
export function parseAmdIdentities(texts: readonly string[]): ReadonlyMap<string, AmdIdentity> {
  const identities = new Map<string, AmdIdentity>()
  for (const fields of texts.flatMap(listGpus)) {
    const number = numberOf(fields)
    if (number === undefined) continue
    const known = identities.get(number) ?? UNKNOWN
    const { uuid, asic } = fields
    const name = toText(toFields(asic)['market_name'])
    identities.set(number, {
      uuid: toLabelText(toText(uuid) ?? known.uuid),
      name: toLabelText(name ?? known.name),
    })
  }
  return identities
}

export function parseAmdSmi(
  text: string,
  identities: ReadonlyMap<string, AmdIdentity>,
): readonly GpuReading[] {
  return listGpus(text).flatMap((fields) => {
    const gpu = numberOf(fields)
    if (gpu === undefined) return []
    const [memory, usage, power, temperature] = ['mem_usage', 'usage', 'power', 'temperature'].map((name) =>
      toFields(fields[name]),
    )
    return [
      {
        ...{ gpu, ...(identities.get(gpu) ?? UNKNOWN) },
        usedBytes: toBytes(memory?.['used_vram']),
        totalBytes: toBytes(memory?.['total_vram']),
        utilizationRatio: toPercentRatio(toAmount(usage?.['gfx_activity'])),
        // The edge of the chip is what others call its temperature; accelerators without that sensor tell the hottest spot.
        celsius: firstAmount(temperature ?? {}, ['edge', 'hotspot']),
        watts: firstAmount(power ?? {}, ['socket_power', 'current_socket_power', 'average_socket_power']),
      },
    ]
  })
}

/** What it calls MB are 1,048,576 bytes each. */
const BYTES_PER_UNIT: Readonly<Record<string, number>> = { B: 1, KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 }

function toBytes(value: unknown): number | undefined {
  const amount = toAmount(value)
  const unit = toText(toFields(value)['unit']) ?? 'MB'
  const bytes = BYTES_PER_UNIT[unit.toUpperCase().replace('IB', 'B')]
  return amount === undefined || bytes === undefined ? undefined : amount * bytes
}
