// The configuration as it was resolved, in the form people write it, with secrets hidden. What is printed can be read again,
// but for what is hidden.
import { stringify } from 'yaml'
import { printRates, printSlots, type RateLimit, type SlotLimit } from '../access/limits/config.ts'
import { printTokens } from '../access/limits/prices/config.ts'
import type { StateUrl } from '../access/limits/state/config.ts'
import { printStorePlace, type StorePlace } from '../records/config.ts'
import { printInstant } from '../core/instant.ts'
import { printDuration, printRatio, printSize } from '../core/units.ts'
import { printIndicator, printWindow, type Indicator, type WindowSettings } from '../slo/config.ts'
import { printTimeOfDay } from '../slo/maintenance/config.ts'
import type { FieldNode } from './field-tree.ts'
import { printListenAddress, printPause, type Form, type ListenAddress } from './fields.ts'
import { isMap } from './path.ts'
import type { Config } from './resolve.ts'
import { fieldTree } from './validate.ts'

export type PrintFormat = 'yaml' | 'json'

const HIDDEN = '[secret]'
/** Enough of a hash to tell two keys apart, not enough to look one up. */
const SHOWN_OF_HASH = 'sha256:'.length + 8
const JSON_INDENT = 2

export function printConfig(config: Config, format: PrintFormat): string {
  const { gateway, access, limits, telemetry, records, serviceLevels, alerting, dataDir } = config
  const { slos, maintenance, rules } = serviceLevels
  const levels = { slos, maintenance, alerts: { ...alerting, rules } }
  const all = { ...gateway, ...access, ...limits, ...telemetry, records, ...levels, data: dataDir }
  const written = toWritten(all, fieldTree)
  return format === 'json'
    ? `${JSON.stringify(written, null, JSON_INDENT)}\n`
    : stringify(written, { lineWidth: 0 })
}

/** Back from what the program reads to what people write, in the order of the schema. */
function toWritten(value: unknown, node: FieldNode): unknown {
  if (value === undefined) return undefined
  if (node.form !== undefined) return printForm(value, node.form)
  if (Array.isArray(value)) {
    const { item } = node
    return item === undefined ? value : value.map((entry) => toWritten(entry, item))
  }
  if (!isMap(value)) return escapeReferences(value)
  // A map whose keys people choose themselves.
  if (node.fields.size === 0) return value
  const entries = [...node.fields].map(([key, field]) => [key, toWritten(value[key], field)] as const)
  return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined))
}

const PRINT_NUMBER: Readonly<Partial<Record<Form, (value: number) => string | number>>> = {
  duration: printDuration,
  size: printSize,
  ratio: printRatio,
  instant: printInstant,
  pause: printPause,
  concurrency: (count) => count,
  tokens: printTokens,
  timeOfDay: printTimeOfDay,
  number: (number) => number,
  price: (price) => String(price),
}

function printForm(value: unknown, form: Form): unknown {
  if (form === 'secret') return HIDDEN
  if (form === 'hash') return `${String(value).slice(0, SHOWN_OF_HASH)}…`
  if (form === 'address') return printListenAddress(value as ListenAddress)
  if (form === 'rates') return printRates(value as readonly RateLimit[])
  if (form === 'slots') return printSlots(value as SlotLimit)
  if (form === 'store') return printStorePlace(value as StorePlace)
  if (form === 'sli') return printIndicator(value as Indicator)
  if (form === 'sloWindow') return printWindow(value as WindowSettings)
  if (form === 'state') return (value as StateUrl).shown
  return typeof value === 'number' ? PRINT_NUMBER[form]?.(value) : escapeReferences(value)
}

/** A value that holds `${` by itself must not become a reference when it is read again. (In a replacement text, `$$` is one `$`.) */
function escapeReferences(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('${', () => '$${') : value
}
