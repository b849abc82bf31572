// Answers take too long: for whom no objective and no rule of the configuration says what is too long. Only answers that
// succeeded count: a failure is fast, and would make an outage look like an improvement.
import { equals } from '../../../slo/promql.ts'
import type { RecordingRule } from '../../../slo/rules.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import { toBoundMatcher, type RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { MIN_BAD_EVENTS, MIN_EVENTS } from './errors.ts'

/** Seconds. The steps of the guides to monitoring chat services; each is a bound of the histogram. */
export const SLOW_S = 3
export const VERY_SLOW_S = 5
const MEAN_S = 2
/** "P95 over 3 s" is "more than 5 % took longer than 3 s": exact, and the same for one gateway and for ten. */
const P95_RATIO = 0.05
const P99_RATIO = 0.01
/** A hundredth of fewer is less than one request. */
const MIN_TAIL_EVENTS = 100

const RANGE = '5m'
const MEAN_RANGE = '10m'
const ANSWERS = 'weir:answers:increase5m'
const within = (boundS: number): string => `weir:answers_within_${boundS}s:increase5m`

export function toLatencyGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-latency',
    about:
      'Answers take too long. Ours, for as long as no objective and no rule of the configuration looks at the times of all requests.',
    records: toRecords(context),
    alerts: toAlerts(context),
  }
}

const DURATION = CATALOGUE.genAiServerDuration.name
const SUCCEEDED = equals('error_type', '')

function toRecords({ own, options }: RuleContext): readonly RecordingRule[] {
  const labels = () => ({ ...options.matchers })
  const sumOf = (selector: string): string => `sum(increase(${selector}[${RANGE}]))`
  return [
    { record: ANSWERS, expr: sumOf(own(`${DURATION}_count`, SUCCEEDED)), labels: labels() },
    ...[SLOW_S, VERY_SLOW_S].map((boundS) => ({
      record: within(boundS),
      expr: sumOf(own(`${DURATION}_bucket`, toBoundMatcher(boundS), SUCCEEDED)),
      labels: labels(),
    })),
  ]
}

function toAlerts(context: RuleContext): readonly AlertSpec[] {
  return [...toPercentileAlerts(context), toTailAlert(context), toMeanAlert(context)]
}

/** With what must be there for it to mean something. */
function toAbove(
  { recorded }: RuleContext,
  {
    boundS,
    ratio,
    minEvents,
  }: { readonly boundS: number; readonly ratio: number; readonly minEvents: number },
): string {
  const answers = recorded(ANSWERS)
  const slow = `(${answers} - ${recorded(within(boundS))})`
  return `${slow} / (${answers} > 0) > ${ratio} and ${slow} >= ${MIN_BAD_EVENTS} and ${answers} >= ${minEvents}`
}

/** One that is said by another alert already need not be said by two. */
const toSlow = (context: RuleContext): string =>
  toAbove(context, { boundS: SLOW_S, ratio: P95_RATIO, minEvents: MIN_EVENTS })

const toSummary = (boundS: number): string =>
  `{{ $value | humanizePercentage }} of answers take longer than ${boundS} s`

function toPercentileAlerts(context: RuleContext): readonly AlertSpec[] {
  const common = { alert: 'LatencyHigh', symptom: 'latency' } as const
  return [
    {
      ...common,
      severity: 'page',
      expr: toAbove(context, { boundS: VERY_SLOW_S, ratio: P95_RATIO, minEvents: MIN_EVENTS }),
      forMinutes: 1,
      summary: toSummary(VERY_SLOW_S),
      description: `The 95th percentile of the last five minutes is above ${VERY_SLOW_S} s.`,
      situations: [
        { what: 'one answer in ten takes 8 s', expected: 'rings', series: toAnswers(9, { '10': 1 }) },
        {
          what: 'few answers, a third of them slow',
          expected: 'never',
          series: toAnswers(0.2, { '10': 0.1 }),
        },
        { what: 'one answer in ten takes 4 s', expected: 'never', series: toAnswers(9, { '5': 1 }) },
      ],
    },
    {
      ...common,
      severity: 'ticket',
      expr: toSlow(context),
      forMinutes: 2,
      summary: toSummary(SLOW_S),
      description: `The 95th percentile of the last five minutes is above ${SLOW_S} s.`,
      situations: [
        { what: 'one answer in ten takes 4 s', expected: 'rings', series: toAnswers(9, { '5': 1 }) },
        {
          what: 'one answer in ten takes 4 s, as Prometheus 3 writes it',
          expected: 'rings',
          series: toAnswers(9, { '5': 1 }, '.0'),
        },
        { what: 'every answer takes 2.5 s', expected: 'never', series: toAnswers(0, { '3': 10 }) },
      ],
    },
  ]
}

function toTailAlert(context: RuleContext): AlertSpec {
  const above = toAbove(context, { boundS: VERY_SLOW_S, ratio: P99_RATIO, minEvents: MIN_TAIL_EVENTS })
  return {
    alert: 'TailLatencyHigh',
    severity: 'ticket',
    symptom: 'latency',
    expr: `${above} unless (${toSlow(context)})`,
    forMinutes: 2,
    summary: toSummary(VERY_SLOW_S),
    description: `The 99th percentile of the last five minutes is above ${VERY_SLOW_S} s, the 95th is not above ${SLOW_S} s.`,
    situations: [
      { what: 'two answers in a hundred take 8 s', expected: 'rings', series: toAnswers(98, { '10': 2 }) },
      {
        what: 'so many are slow that LatencyHigh says so',
        expected: 'never',
        series: toAnswers(90, { '10': 10 }),
      },
    ],
  }
}

function toMeanAlert(context: RuleContext): AlertSpec {
  const sumOf = (part: string): string =>
    `sum(increase(${context.own(DURATION + part, SUCCEEDED)}[${MEAN_RANGE}]))`
  const count = sumOf('_count')
  return {
    alert: 'MeanLatencyHigh',
    severity: 'ticket',
    symptom: 'latency',
    // Sums of all gateways, divided once: an average of their averages would weigh an idle one like a busy one.
    expr: `${sumOf('_sum')} / (${count} > 0) > ${MEAN_S} and ${count} >= ${MIN_EVENTS} unless (${toSlow(context)})`,
    forMinutes: 10,
    summary: 'An answer takes {{ $value | humanizeDuration }} in the mean',
    description: `More than ${MEAN_S} s over ten minutes, though few take longer than ${SLOW_S} s: everything is a little slow.`,
    situations: [
      { what: 'every answer takes 2.5 s', expected: 'rings', series: toAnswers(0, { '3': 10 }) },
      {
        what: 'every answer takes 8 s, as LatencyHigh says',
        expected: 'never',
        series: toAnswers(0, { '10': 10 }),
      },
    ],
  }
}

/** Answers a minute while there is trouble: so many in half a second, and others by the bucket that they fall into. */
function toAnswers(
  quick: number,
  slow: Readonly<Record<string, number>>,
  suffix = '',
): readonly PlayedSeries[] {
  const bounds = [1, 2, 3, 5, 10, 20]
  const all = quick + Object.values(slow).reduce((sum, count) => sum + count, 0)
  const upTo = (boundS: number): number =>
    quick + Object.entries(slow).reduce((sum, [at, count]) => sum + (Number(at) <= boundS ? count : 0), 0)
  const seconds =
    quick * 0.5 + Object.entries(slow).reduce((sum, [at, count]) => sum + count * Number(at) * 0.8, 0)
  const labels = {
    gen_ai_operation_name: 'chat',
    gen_ai_provider_name: 'ollama',
    gen_ai_request_model: 'm',
    gen_ai_response_model: 'm',
  }
  const bucket = (le: string, perMinute: number): PlayedSeries => ({
    metric: `${DURATION}_bucket`,
    labels: { ...labels, error_type: '', le },
    values: TAPE.counter(all, perMinute),
  })
  return [
    ...bounds.map((boundS) => bucket(`${boundS}${suffix}`, upTo(boundS))),
    bucket('+Inf', all),
    { metric: `${DURATION}_count`, labels, values: TAPE.counter(all, all) },
    { metric: `${DURATION}_sum`, labels, values: TAPE.counter(all * 0.5, seconds) },
    // Failures are fast, and are no answers.
    {
      metric: `${DURATION}_count`,
      labels: { ...labels, error_type: 'backend_error' },
      values: TAPE.steadyCounter(1_000),
    },
  ]
}
