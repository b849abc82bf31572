// What can be configured about objectives. Read and printed here; what it comes to is made in resolve.ts.
import { z } from 'zod'
import { forms, name, pause, readBy, type Read } from '../config/fields.ts'
import { parseDuration, parseRatio, printDuration, printRatio } from '../core/units.ts'
import { burnSchema } from './windows/config.ts'

export const LATENCIES = ['duration', 'firstToken', 'perToken', 'interToken', 'guard'] as const
export type Latency = (typeof LATENCIES)[number]

export type Indicator =
  | { readonly kind: 'availability' }
  /** Good: successful and within the threshold. */
  | { readonly kind: Latency; readonly thresholdMs: number }

/** `month` in the time zone of the objective. */
export type WindowSettings = { readonly kind: 'rolling'; readonly days: number } | { readonly kind: 'month' }

const EXPECT_SLI =
  'expected availability, or one threshold such as { firstToken: 2s }, of duration, firstToken, perToken, interToken, guard'
const EXPECT_WINDOW = 'expected whole days such as 7d, 28d or 30d, or month'
const EXPECT_PROMISE =
  'expected a ratio from 50% to below 100%, such as 99.5%: a promise without exception has no error budget'
const EXPECT_ROUTE = 'expected a path such as /v1/chat/completions or /v1/*'
const EXPECT_RUNBOOK = 'expected a URL such as https://wiki.example/slow-answers'
const EXPECT_ZONE = 'expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai'

const DAY_MS = 86_400_000
/** A year and a month: what reports look back on. Whether so much is kept is checked against `records`. */
const MOST_DAYS = 396
const LEAST_PROMISE_RATIO = 0.5
/** A test of five minutes without anybody asking says nothing yet. */
const LEAST_QUIET_MS = 300_000
export const MOST_EVENTS = 1_000_000

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readIndicator(value: unknown): Read<Indicator> {
  if (value === 'availability') return { value: { kind: 'availability' } }
  const [entry, ...others] = isMap(value) ? Object.entries(value) : []
  const kind = LATENCIES.find((latency) => latency === entry?.[0])
  if (entry === undefined || kind === undefined || others.length > 0)
    return { complaints: [{ path: [], message: EXPECT_SLI }] }
  const thresholdMs = parseDuration(String(entry[1]))
  return thresholdMs === undefined || thresholdMs === 0
    ? { complaints: [{ path: [kind], message: 'expected a duration such as 250ms or 3s' }] }
    : { value: { kind, thresholdMs } }
}

export function printIndicator(indicator: Indicator): unknown {
  if (indicator.kind === 'availability') return indicator.kind
  return { [indicator.kind]: printDuration(indicator.thresholdMs) }
}

export function readWindow(value: unknown): Read<WindowSettings> {
  if (value === 'month') return { value: { kind: 'month' } }
  const days = typeof value === 'string' ? (parseDuration(value) ?? 0) / DAY_MS : 0
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return { value: { kind: 'rolling', days } }
  return { complaints: [{ path: [], message: EXPECT_WINDOW }] }
}

export function printWindow(window: WindowSettings): string {
  return window.kind === 'month' ? window.kind : `${window.days}d`
}

/** A promise: between a half and, exclusive, all. */
export function promise() {
  return z
    .union([z.string(), z.number()], { error: EXPECT_PROMISE })
    .transform((value, context) => {
      const ratio = parseRatio(String(value))
      if (ratio !== undefined && ratio >= LEAST_PROMISE_RATIO && ratio < 1) return ratio
      context.addIssue({ code: 'custom', message: EXPECT_PROMISE })
      return z.NEVER
    })
    .register(forms, { form: 'ratio' })
}

export function timeZone() {
  return z.string({ error: EXPECT_ZONE }).refine(isTimeZone, EXPECT_ZONE)
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}

export function runbook() {
  return z
    .string({ error: EXPECT_RUNBOOK })
    .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), {
      error: EXPECT_RUNBOOK,
    })
}

const pattern = () => z.string().min(1).optional()

export const matchSchema = z
  .strictObject({
    model: pattern().describe(
      'The model, as it was asked for. `*` stands for any run of characters, here and below.',
    ),
    route: z
      .string({ error: EXPECT_ROUTE })
      .regex(/^[/*]/, EXPECT_ROUTE)
      .optional()
      .describe('The path, such as `/v1/chat/completions`.'),
    tenant: pattern().describe('The tenant of the key.'),
    backend: pattern().describe('The backend that answered, or was tried last.'),
  })
  .prefault({})

export const sloSchema = z.strictObject({
  name: name().describe('The name in alerts, metrics and reports.'),
  description: z.string().min(1).optional().describe('For people; stands in messages.'),
  match: matchSchema.describe('Which requests count. Without this: all that a model is asked for.'),
  sli: readBy(readIndicator)
    .register(forms, { form: 'sli' })
    .describe(
      '`availability`, or a threshold: `{ duration: 3s }`, `{ firstToken: 2s }`, `{ perToken: 50ms }`, `{ interToken: 100ms }` (95 % of the gaps of an answer), `{ guard: 300ms }`.',
    ),
  objective: promise().describe('The share of requests that are to be good, from 50% to below 100%.'),
  window: readBy(readWindow)
    .register(forms, { form: 'sloWindow' })
    .prefault('30d')
    .describe('Over how long: the last days, or `month` for the calendar month.'),
  timeZone: timeZone().optional().describe('Where a month begins. Without this: as `timezone` says.'),
  minEvents: z
    .int()
    .min(1)
    .max(MOST_EVENTS)
    .prefault(20)
    .describe('Fewer requests than this in the long window of an alert raise none.'),
  exclude: z
    .array(z.enum(['cold']))
    .prefault([])
    .describe('What else is out of the count: `cold`, requests for which a model had to be loaded.'),
  noData: pause(LEAST_QUIET_MS)
    .prefault('3d')
    .describe('After how long without a single request that counts somebody is told, or `off`.'),
  alerts: z
    .preprocess((value) => (value === 'default' ? undefined : value), z.array(burnSchema).optional())
    .optional()
    .describe(
      'From which burn rates on somebody is told. Without this, or with `default`: page at 14.4 over 1h and 5m, page at 6 over 6h and 30m, ticket at 1 over 3d and 6h. `[]` for nobody.',
    ),
  runbook: runbook().optional().describe('Where it is written what to do; stands in messages.'),
})

export const slosSchema = z
  .array(sloSchema)
  .prefault([])
  .describe('Service level objectives: what is promised, and who is told when it is at risk.')

export type SloSettings = Readonly<z.output<typeof sloSchema>>

const PROMISES: Readonly<Record<Indicator['kind'], (threshold: string) => string>> = {
  availability: () => 'requests succeed',
  duration: (threshold) => `answers within ${threshold}`,
  firstToken: (threshold) => `first tokens within ${threshold}`,
  perToken: (threshold) => `answers at ${threshold} per token or faster`,
  interToken: (threshold) => `answers with gaps within ${threshold}`,
  guard: (threshold) => `guard checks within ${threshold}`,
}

/** `95% of first tokens within 2s`: the same words wherever a promise is named. */
export function toPromise(indicator: Indicator, targetRatio: number): string {
  const threshold = indicator.kind === 'availability' ? '' : printDuration(indicator.thresholdMs)
  return `${printRatio(targetRatio)} of ${PROMISES[indicator.kind](threshold)}`
}

/** `30 days`, or `the month`. */
export function toWindowText(window: WindowSettings): string {
  if (window.kind === 'month') return 'the month'
  return window.days === 1 ? '1 day' : `${window.days} days`
}
