// What `rocm-smi` prints as JSON, read. Pure. It is older than amd-smi and told to go, and is all there is before ROCm 6.
import { toLabelText, toPercentRatio, type GpuReading } from '../gpu.ts'
import { firstAmount, parseToolJson, toFields, toText } from './json.ts'

export const ROCM_SMI_PARAMETERS = [
  ...['--showmeminfo', 'vram', '--showuse', '--showtemp', '--showpower'],
  ...['--showproductname', '--showuniqueid', '--json'],
]

const CARD = /^card(\d{1,4})$/

export function parseRocmSmi(text: string): readonly GpuReading[] {
  return Object.entries(toFields(parseToolJson(text))).flatMap(([key, value]) => {
    const gpu = CARD.exec(key)?.[1]
    if (gpu === undefined) return []
    const card = toFields(value)
    const names = ['Card Series', 'Card series', 'Device Name', 'Card Model', 'Card model'].map((name) =>
      toText(card[name]),
    )
    return [
      {
        gpu,
        uuid: toLabelText(toText(card['Unique ID']) ?? ''),
        name: toLabelText(names.find((name) => name !== undefined) ?? 'AMD GPU'),
        usedBytes: firstAmount(card, ['VRAM Total Used Memory (B)']),
        totalBytes: firstAmount(card, ['VRAM Total Memory (B)']),
        utilizationRatio: toPercentRatio(firstAmount(card, ['GPU use (%)'])),
        celsius: firstAmount(card, ['Temperature (Sensor edge) (C)', 'Temperature (Sensor junction) (C)']),
        watts: firstAmount(card, [
          'Average Graphics Package Power (W)',
          'Current Socket Graphics Package Power (W)',
        ]),
      },
    ]
  })
}
