// What can be configured about plain rules: so much, over so long, for so long. A part of `alerts`.
import { z } from 'zod'
import { duration, name } from '../../config/fields.ts'
import { parseDuration, parseRatio } from '../../core/units.ts'
import { LATENCIES, MOST_EVENTS, matchSchema, runbook } from '../config.ts'

const EXPECT_ABOVE = 'expected a threshold such as 3s or 1%'
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const MOST_OVER_MS = 21_600_000

export const GAUGES = [
  'gpuMemory',
  'gpuUtilization',
  'gpuTemperature',
  'hostMemory',
  'hostCpu',
  'hostDisk',
] as const
const RULE_MEASURES = [...LATENCIES, 'errors', 'backendDown', ...GAUGES] as const
export type RuleMeasure = (typeof RULE_MEASURES)[number]

const QUANTILES = ['p50', 'p75', 'p90', 'p95', 'p99'] as const

export const ruleSchema = z.strictObject({
  name: name().describe('The name in alerts and metrics.'),
  description: z.string().min(1).optional().describe('For people; stands in messages.'),
  measure: z
    .enum(RULE_MEASURES)
    .describe(
      'What is watched: a latency of requests, `errors` (the share that failed), `backendDown`, or a gauge of this machine.',
    ),
  quantile: z
    .enum(QUANTILES)
    .optional()
    .describe(
      'Of a latency: `p95` (without this) over 3s means that more than 5% of the requests took longer.',
    ),
  above: z
    .union([z.string(), z.number()], { error: EXPECT_ABOVE })
    .optional()
    .describe(
      'The threshold: a duration for latencies, a ratio for `errors` and gauges, °C for `gpuTemperature`.',
    ),
  over: duration({ minMs: MINUTE_MS, maxMs: MOST_OVER_MS })
    .prefault('5m')
    .describe('Over how long it is measured, in whole minutes.'),
  for: duration({ maxMs: DAY_MS })
    .prefault('2m')
    .describe('How long it must hold without a break before somebody is told.'),
  severity: z.enum(['page', 'ticket']).prefault('ticket').describe('Who is told, and how loudly.'),
  match: matchSchema.describe('Which requests count; of `backendDown`, `backend` alone.'),
  minEvents: z
    .int()
    .min(1)
    .max(MOST_EVENTS)
    .prefault(20)
    .describe('Fewer requests than this raise no alert.'),
  runbook: runbook().optional().describe('Where it is written what to do; stands in messages.'),
})

/** A part of `alerts`. */
export const rulesSchema = z
  .array(ruleSchema)
  .prefault([])
  .describe('Plain conditions beside the objectives: so much, over so long, for so long.')

/** How the threshold of a rule is written; in the unit that the program compares: ms, a ratio, or a plain number. */
export function parseAbove(measure: RuleMeasure, text: string | number): number | undefined {
  if (LATENCIES.some((latency) => latency === measure)) return parseDuration(String(text))
  if (measure !== 'gpuTemperature') return parseRatio(String(text))
  return /^\d+(\.\d+)?$/.test(String(text)) ? Number(text) : undefined
}

export type RuleSettings = Readonly<z.output<typeof ruleSchema>>

/** `slow-p95` -> `SlowP95`; a name that begins with a digit gets a word before it. */
export function toAlertName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const camel = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^\d/.test(camel) ? `Rule${camel}` : camel
}
