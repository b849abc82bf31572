// What can be configured about limits: how much in which time, what it costs, and where it is counted. Read and printed here, kept nowhere.
import { z } from 'zod'
import { forms, readBy, type Complaint, type Read } from '../../config/fields.ts'
import { parseAmount, parseRate, printAmount, printRate, type Period, type Rate } from '../../core/rates.ts'
import { stateSchema, type StateSettings } from './state/config.ts'

/** What becomes of a limit while the shared state cannot be asked. */
const FAILURE_MODES = ['open', 'closed'] as const
export type FailureMode = (typeof FAILURE_MODES)[number]

/** So much in so long. What is undefined was not written: the kind of the limit then decides. */
export interface RateLimit {
  readonly amount: number
  readonly period: Period
  /** How much may be used at once; the whole amount without it. */
  readonly burst: number | undefined
  readonly onStateFailure: FailureMode | undefined
}

export interface SlotLimit {
  readonly max: number
  readonly onStateFailure: FailureMode | undefined
}

export interface LimitSettings {
  readonly requests?: readonly RateLimit[] | undefined
  readonly tokens?: readonly RateLimit[] | undefined
  readonly concurrent?: SlotLimit | undefined
  readonly budget?: readonly RateLimit[] | undefined
}

type RateKind = 'requests' | 'tokens' | 'budget'

const EXAMPLES: Readonly<Record<RateKind, string>> = {
  requests: 'expected a limit such as 60/min or 5000/day, or a list of them',
  tokens: 'expected a limit such as 100k/min or 2M/day, or a list of them',
  budget: 'expected a budget such as 50/month or 2.5/day, or a list of them',
}
const EXPECT_CONCURRENT = 'expected how many requests may be open at once, such as 4'
const CALENDAR: readonly Period[] = ['day', 'week', 'month']
const RATE_KEYS = ['rate', 'burst', 'onStateFailure']
const SLOT_KEYS = ['max', 'onStateFailure']

/** A person who writes more has mistaken the key; and the state is read for each entry in each request. */
const MOST_RATES = 8
const MOST_SLOTS = 100_000

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What `${env:…}` brings is text. */
function readAmount(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? parseAmount(String(value)) : undefined
}

function readMode(value: unknown): FailureMode | undefined {
  return FAILURE_MODES.find((mode) => mode === value)
}

/** What is wrong with the keys of a map, and with its failure mode. */
function complainOfKeys(map: Readonly<Record<string, unknown>>, known: readonly string[]): Complaint[] {
  const unknown = Object.keys(map).filter((key) => !known.includes(key))
  const mode = map['onStateFailure']
  return [
    ...unknown.map((key) => ({
      path: [key],
      message: `is not a key that Weir knows; possible here: ${known.join(', ')}`,
    })),
    ...(mode === undefined || readMode(mode) !== undefined
      ? []
      : [{ path: ['onStateFailure'], message: 'expected one of open, closed' }]),
  ]
}

function readRate(value: unknown, kind: RateKind): Read<RateLimit> {
  const map = isMap(value) ? value : { rate: value }
  const complaints = complainOfKeys(map, RATE_KEYS)
  const at = isMap(value) ? ['rate'] : []
  const text = map['rate']
  const rate = typeof text === 'string' ? parseRate(text) : undefined
  const refusal = refuseRate(rate, kind)
  if (refusal !== undefined) complaints.push({ path: at, message: refusal })
  const burst = readBurst(map['burst'], kind)
  if (burst === 'wrong') complaints.push({ path: ['burst'], message: BURST_MESSAGES[kind] })
  if (complaints.length > 0 || rate === undefined || burst === 'wrong') return { complaints }
  return { value: { ...rate, burst, onStateFailure: readMode(map['onStateFailure']) } }
}

function refuseRate(rate: Rate | undefined, kind: RateKind): string | undefined {
  if (rate === undefined) return EXAMPLES[kind]
  const { amount, period } = rate
  if (kind === 'budget' && !CALENDAR.includes(period)) return 'expected a budget per day, week or month'
  if (kind !== 'budget' && !Number.isInteger(amount)) return `expected a whole number of ${kind}`
  return amount === 0 ? 'expected more than 0; to allow nothing, write `models: []`' : undefined
}

const BURST_MESSAGES: Readonly<Record<RateKind, string>> = {
  requests: 'expected how many requests may come at once, such as 10',
  tokens: 'expected how many tokens may be used at once, such as 20k',
  budget: 'a budget has no burst: it is spent as fast as its owner likes',
}

function readBurst(value: unknown, kind: RateKind): number | undefined | 'wrong' {
  if (value === undefined) return undefined
  const burst = readAmount(value)
  const isSound = burst !== undefined && Number.isInteger(burst) && burst >= 1
  return kind === 'budget' || !isSound ? 'wrong' : burst
}

function readRates(value: unknown, kind: RateKind): Read<readonly RateLimit[]> {
  const isList = Array.isArray(value)
  const entries: readonly unknown[] = isList ? value : [value]
  if (entries.length === 0 || entries.length > MOST_RATES)
    return { complaints: [{ path: [], message: `expected 1 to ${MOST_RATES} limits` }] }
  const read = entries.map((entry) => readRate(entry, kind))
  const complaints = read.flatMap((each, index) =>
    'complaints' in each
      ? each.complaints.map(({ path, message }) => ({ path: isList ? [index, ...path] : path, message }))
      : [],
  )
  if (complaints.length > 0) return { complaints }
  return { value: read.flatMap((each) => ('value' in each ? [each.value] : [])) }
}

function readSlots(value: unknown): Read<SlotLimit> {
  const map = isMap(value) ? value : { max: value }
  const complaints = complainOfKeys(map, SLOT_KEYS)
  const max = readAmount(map['max'])
  const isSound = max !== undefined && Number.isInteger(max) && max >= 1 && max <= MOST_SLOTS
  if (!isSound) complaints.push({ path: isMap(value) ? ['max'] : [], message: EXPECT_CONCURRENT })
  if (complaints.length > 0 || max === undefined) return { complaints }
  return { value: { max, onStateFailure: readMode(map['onStateFailure']) } }
}

function rates(kind: RateKind) {
  return readBy((value) => readRates(value, kind)).register(forms, { form: 'rates' })
}

function slots() {
  return readBy(readSlots).register(forms, { form: 'slots' })
}

/** Back to what people write: the shortest form. */
export function printRates(limits: readonly RateLimit[]): unknown {
  const printed = limits.map((limit) => {
    const { burst, onStateFailure } = limit
    const rate = printRate(limit)
    if (burst === undefined && onStateFailure === undefined) return rate
    return {
      rate,
      ...(burst === undefined ? {} : { burst: printAmount(burst) }),
      ...(onStateFailure === undefined ? {} : { onStateFailure }),
    }
  })
  return printed.length === 1 ? printed[0] : printed
}

export function printSlots({ max, onStateFailure }: SlotLimit): unknown {
  return onStateFailure === undefined ? max : { max, onStateFailure }
}

export const limitsSchema = z.strictObject({
  requests: rates('requests')
    .optional()
    .describe(
      'How many requests in which time, such as `60/min`. One value or a list; `{ rate, burst, onStateFailure }` says more.',
    ),
  tokens: rates('tokens')
    .optional()
    .describe(
      'How many tokens, prompt and answer together, in which time, such as `100k/min`. Forms as for `requests`.',
    ),
  concurrent: slots()
    .optional()
    .describe('How many requests may be open at the same time, such as `4` or `{ max, onStateFailure }`.'),
  budget: rates('budget')
    .optional()
    .describe(
      'How much money in a calendar day, week or month, such as `50/month`, in the currency of the prices. Forms as for `requests`, without a burst.',
    ),
})

/** The parts of the configuration file that belong to limits and stand at its top. */
export const limitsTopSchema = {
  tenants: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(63).describe('As keys name it in `tenant`.'),
        limits: limitsSchema.prefault({}).describe('What all keys of the tenant may use together.'),
      }),
    )
    .prefault([])
    .describe('Groups of keys that have limits in common.'),
  state: stateSchema,
  timezone: z
    .string()
    .refine(isTimeZone, 'expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai')
    .prefault('UTC')
    .describe('Where the days, weeks and months of budgets begin. Weeks begin on Monday.'),
  estimates: z
    .strictObject({
      output: z
        .int()
        .min(1)
        .max(1_000_000)
        .prefault(1_000)
        .describe('How long an answer is taken to be when its request names no limit and none was seen yet.'),
      maxOutput: z
        .int()
        .min(1)
        .max(10_000_000)
        .prefault(16_384)
        .describe('The most that is set aside for an answer, whatever its request asks for.'),
    })
    .prefault({})
    .describe(
      'Tokens that are set aside for an answer before it is there; what it really used is counted in the end.',
    ),
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}

export interface LimitsSettings {
  readonly tenants: readonly { readonly name: string; readonly limits: LimitSettings }[]
  readonly state?: StateSettings | undefined
  readonly timezone: string
  readonly estimates: { readonly output: number; readonly maxOutput: number }
}
