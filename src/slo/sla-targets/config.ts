// The block `sla_targets`, as many people write down what they promise: a threshold under a name that says what is meant. It is
// read here and translated into objectives, which is what everything else knows.
import { z } from 'zod'
import { forms, readBy, type Complaint, type Read } from '../../config/fields.ts'
import { parseDuration, parseRatio, printRatio } from '../../core/units.ts'
import { promise, readWindow, type Indicator, type SloSettings, type WindowSettings } from '../config.ts'

export interface TargetSettings {
  readonly indicator: Indicator
  readonly targetRatio: number
  readonly description: string | undefined
  readonly window: WindowSettings
}

const PERCENTILES = [50, 75, 90, 95, 99] as const
const PERCENT = 100

/** How the names of latencies go on after `p95_`. */
const LATENCY_NAMES = [
  ['response_time', 'duration'],
  ['first_token_time', 'firstToken'],
] as const

const SHARES = ['availability', 'success_rate', 'error_rate'] as const
const TOKENS = 'tokens_per_second'
/** What a rate is promised for, where nobody says: nineteen answers of twenty. */
const TOKENS_RATIO = 0.95

const EXPECT_TIME = 'expected a duration such as 3000ms'
const EXPECT_SHARE = 'expected a ratio from 50% to below 100%, such as 99.5%'
const EXPECT_ERRORS = 'expected a ratio above 0% and up to 50%, such as 0.1%'
const EXPECT_RATE = 'expected tokens per second, such as 20'
const KEYS = ['threshold', 'description', 'window']

type Meaning = Pick<TargetSettings, 'indicator' | 'targetRatio'>
type ReadThreshold = (text: string) => Meaning | undefined

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `3000ms` alone, or `{ threshold, description, window }`. */
function target(readThreshold: ReadThreshold, expected: string) {
  return readBy((value): Read<TargetSettings> => {
    const map = isMap(value) ? value : { threshold: value }
    const complaints: Complaint[] = Object.keys(map)
      .filter((key) => !KEYS.includes(key))
      .map((key) => ({
        path: [key],
        message: `is not a key that Weir knows; possible here: ${KEYS.join(', ')}`,
      }))
    const { threshold, description, window = '30d' } = map
    const isWritten = typeof threshold === 'string' || typeof threshold === 'number'
    const meaning = isWritten ? readThreshold(String(threshold)) : undefined
    if (meaning === undefined) complaints.push({ path: isMap(value) ? ['threshold'] : [], message: expected })
    if (description !== undefined && typeof description !== 'string')
      complaints.push({ path: ['description'], message: 'expected text' })
    const over = readWindow(window)
    if ('complaints' in over)
      complaints.push(...over.complaints.map((each) => ({ ...each, path: ['window'] })))
    if (complaints.length > 0 || meaning === undefined || !('value' in over)) return { complaints }
    const text = typeof description === 'string' ? description : undefined
    return { value: { ...meaning, description: text, window: over.value } }
  })
    .register(forms, { form: 'target' })
    .optional()
}

function latency(kind: 'duration' | 'firstToken', percentile: number) {
  const read: ReadThreshold = (text) => {
    const thresholdMs = parseDuration(text)
    if (thresholdMs === undefined || thresholdMs === 0) return undefined
    return { indicator: { kind, thresholdMs }, targetRatio: percentile / PERCENT }
  }
  const what = kind === 'duration' ? 'answers' : 'first tokens'
  return target(read, EXPECT_TIME).describe(
    `The time within which ${percentile}% of ${what} are to be there.`,
  )
}

function share(name: (typeof SHARES)[number]) {
  const isErrors = name === 'error_rate'
  const read: ReadThreshold = (text) => {
    const ratio = parseRatio(text)
    const targetRatio = ratio === undefined || !isErrors ? ratio : Number((1 - ratio).toPrecision(12))
    const parsed = promise().safeParse(targetRatio)
    return parsed.success ? { indicator: { kind: 'availability' }, targetRatio: parsed.data } : undefined
  }
  const meaning = isErrors
    ? 'At most this share of requests fails: an availability of the rest.'
    : 'This share of requests succeeds.'
  return target(read, isErrors ? EXPECT_ERRORS : EXPECT_SHARE).describe(meaning)
}

const MS_PER_SECOND = 1_000

function tokens() {
  const read: ReadThreshold = (text) => {
    const rate = Number(text)
    if (!(rate > 0 && rate <= MS_PER_SECOND)) return undefined
    const thresholdMs = Number((MS_PER_SECOND / rate).toPrecision(12))
    return { indicator: { kind: 'perToken', thresholdMs }, targetRatio: TOKENS_RATIO }
  }
  return target(read, EXPECT_RATE).describe(
    `How fast ${printRatio(TOKENS_RATIO)} of streamed answers are to be generated at least.`,
  )
}

const latencyTargets = Object.fromEntries(
  LATENCY_NAMES.flatMap(([name, kind]) =>
    PERCENTILES.map((percentile) => [`p${percentile}_${name}`, latency(kind, percentile)] as const),
  ),
)
const shareTargets = Object.fromEntries(SHARES.map((name) => [name, share(name)] as const))

export const slaTargetsSchema = z
  .strictObject({ ...latencyTargets, ...shareTargets, [TOKENS]: tokens() })
  .prefault({})
  .describe(
    'Objectives in another form: each is a threshold, or `{ threshold, description, window }`, and becomes an entry of `slos`; `weir check --print yaml` shows which.',
  )

export type SlaTargets = Readonly<Record<string, TargetSettings | undefined>>

export interface Translation {
  readonly slos: readonly SloSettings[]
  /** What whoever wrote it should know, in sentences. */
  readonly notes: readonly string[]
}

const LEAST_EVENTS = 20
const QUIET_MS = 259_200_000

/** In the order of the schema. */
export function translateTargets(targets: SlaTargets): Translation {
  const written = Object.entries(targets).flatMap(([key, settings]) =>
    settings === undefined ? [] : [{ key, ...settings }],
  )
  const strictest = written
    .filter(({ indicator }) => indicator.kind === 'availability')
    .toSorted((left, right) => right.targetRatio - left.targetRatio)[0]
  const isTwin = (each: (typeof written)[number]): boolean =>
    strictest !== undefined && each.indicator.kind === 'availability' && each.key !== strictest.key
  return {
    slos: written
      .filter((each) => !(isTwin(each) && each.targetRatio === strictest?.targetRatio))
      .map((each) => toSlo(each.key, each, isTwin(each))),
    notes: written.filter(isTwin).map((each) => {
      const own = `sla_targets.${each.key} is an availability of ${printRatio(each.targetRatio)}`
      const other = `sla_targets.${strictest?.key ?? ''} (${printRatio(strictest?.targetRatio ?? 1)})`
      return each.targetRatio === strictest?.targetRatio
        ? `${own}, the same as ${other}: they are one objective`
        : `${own} and counts the same requests as ${other}: whenever it is broken, the stricter one is too, so only that one alerts`
    }),
  }
}

/** `p95_response_time` -> `p95-response-time`. */
export function toTargetName(key: string): string {
  return key.replaceAll('_', '-')
}

function toSlo(key: string, target: TargetSettings, isSilent: boolean): SloSettings {
  const { indicator, targetRatio, description, window } = target
  return {
    name: toTargetName(key),
    ...(description === undefined ? {} : { description }),
    match: {},
    sli: indicator,
    objective: targetRatio,
    window,
    minEvents: LEAST_EVENTS,
    exclude: [],
    noData: QUIET_MS,
    ...(isSilent ? { alerts: [] } : {}),
  }
}
