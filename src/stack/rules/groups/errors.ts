// Too many requests fail: for whom no objective and no rule of the configuration says what is too many. Failed is what the
// backend or the gateway is to blame for, also in the middle of an answer whose status was 200.
import type { RecordingRule } from '../../../slo/rules.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import { oneOf, type RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'

const FAILED = ['backend_error', 'gateway_error']
/** What a caller did wrong, what a policy refused and what its caller left says nothing about the service. */
const COUNTED = ['ok', ...FAILED]

/** Fewer requests than these say nothing: one failure of three at night is no outage. As for objectives. */
export const MIN_EVENTS = 20
export const MIN_BAD_EVENTS = 5

/** The usual steps of the guides to monitoring gateways: 1 % is work for tomorrow, 5 % somebody should look at now. */
const TICKET_RATIO = 0.01
const PAGE_RATIO = 0.05
/** 99.5 % over ten minutes: the promise that most of them begin with, spent exactly as fast as it lasts. */
const SUCCESS_RATIO = 0.995
const RATIO_DIGITS = 6

const SHORT = '5m'
const LONG = '10m'

export const RECORDED_REQUESTS = 'weir:requests:increase'
export const RECORDED_FAILED = 'weir:requests_failed:increase'

export function toErrorGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-errors',
    about:
      'Too many requests fail. Ours, for as long as no objective and no rule of the configuration looks at the failures of all requests.',
    records: [SHORT, LONG].flatMap((range) => toRecords(context, range)),
    alerts: toAlerts(context),
  }
}

/** Of all gateways together, divided by whoever asks. Where nothing has failed yet, nothing is a number: 0. */
function toRecords({ own, options }: RuleContext, range: string): readonly RecordingRule[] {
  const sumOf = (outcomes: readonly string[]): string =>
    `sum(increase(${own(CATALOGUE.requests, oneOf('outcome', outcomes))}[${range}]))`
  return [
    { record: RECORDED_REQUESTS + range, expr: sumOf(COUNTED), labels: { ...options.matchers } },
    {
      record: RECORDED_FAILED + range,
      expr: `${sumOf(FAILED)} or vector(0)`,
      labels: { ...options.matchers },
    },
  ]
}

function toAlerts(context: RuleContext): readonly AlertSpec[] {
  return [...toShareAlerts(context), toSuccessAlert(context)]
}

/** With what must be there for it to mean something. */
function toAbove({ recorded }: RuleContext, ratio: number, range: string): string {
  const requests = recorded(RECORDED_REQUESTS + range)
  const failed = recorded(RECORDED_FAILED + range)
  const share = `${failed} / (${requests} > 0) > ${ratio}`
  return `${share} and ${requests} >= ${MIN_EVENTS} and ${failed} >= ${MIN_BAD_EVENTS}`
}

const SUMMARY = '{{ $value | humanizePercentage }} of requests fail'

function toShareAlerts(context: RuleContext): readonly AlertSpec[] {
  const common = { alert: 'ErrorShareHigh', symptom: 'errors', summary: SUMMARY } as const
  return [
    {
      ...common,
      severity: 'page',
      expr: toAbove(context, PAGE_RATIO, SHORT),
      forMinutes: 5,
      description: 'More than 5% over five minutes, and still so.',
      situations: [
        { what: 'one request in five fails', expected: 'rings', series: toOutcomes(8, 2) },
        { what: 'nothing works at all', expected: 'rings', series: toOutage() },
        { what: 'one request in fifty fails', expected: 'never', series: toOutcomes(49, 1) },
        { what: 'a third of nine requests an hour fails', expected: 'never', series: toQuietNight() },
      ],
    },
    {
      ...common,
      severity: 'ticket',
      expr: toAbove(context, TICKET_RATIO, SHORT),
      forMinutes: 3,
      description: 'More than 1% over five minutes, and still so.',
      situations: [
        { what: 'three requests in a hundred fail', expected: 'rings', series: toOutcomes(97, 3) },
        { what: 'one error, and then all is well', expected: 'never', series: toOneError() },
      ],
    },
  ]
}

function toSuccessAlert(context: RuleContext): AlertSpec {
  // A share of 0.005, without the noise of the subtraction.
  const lowRatio = Number((1 - SUCCESS_RATIO).toFixed(RATIO_DIGITS))
  return {
    alert: 'SuccessRateLow',
    severity: 'ticket',
    symptom: 'errors',
    // Where more fails, the other one says so.
    expr: `${toAbove(context, lowRatio, LONG)} unless (${toAbove(context, TICKET_RATIO, SHORT)})`,
    forMinutes: 5,
    summary: `${SUMMARY}, and have for ten minutes`,
    description:
      'Less than 99.5% succeed: not many fail, but longer than a month of such a promise would bear.',
    situations: [
      { what: 'eight requests in a thousand fail', expected: 'rings', series: toOutcomes(992, 8) },
      { what: 'so many fail that another alert says so', expected: 'never', series: toOutcomes(8, 2) },
    ],
  }
}

const labelsOf = (outcome: string, code = '') => ({
  ...{ model: 'm', backend: 'a', dialect: 'openai' },
  ...{ outcome, code },
})

/** Each minute of the trouble; before and after it, as many are well. */
function toOutcomes(ok: number, failed: number): readonly PlayedSeries[] {
  const metric = CATALOGUE.requests.name
  return [
    { metric, labels: labelsOf('ok'), values: TAPE.counter(ok + failed, ok) },
    { metric, labels: labelsOf('backend_error', 'backend_error'), values: TAPE.counter(0, failed) },
    { metric, labels: labelsOf('caller_error', 'invalid_request'), values: TAPE.steadyCounter(50) },
  ]
}

/** The series of errors appears with the first of them, as where there was no room to start it before. */
function toOutage(): readonly PlayedSeries[] {
  const metric = CATALOGUE.requests.name
  return [
    { metric, labels: labelsOf('ok'), values: TAPE.counter(10, 0) },
    { metric, labels: labelsOf('backend_error', 'no_backend'), values: TAPE.bornCounter(10) },
  ]
}

function toQuietNight(): readonly PlayedSeries[] {
  const metric = CATALOGUE.requests.name
  return [
    { metric, labels: labelsOf('ok'), values: TAPE.counter(0.1, 0.1) },
    { metric, labels: labelsOf('gateway_error', 'queue_full'), values: TAPE.counter(0, 0.05) },
  ]
}

function toOneError(): readonly PlayedSeries[] {
  const metric = CATALOGUE.requests.name
  return [
    { metric, labels: labelsOf('ok'), values: TAPE.steadyCounter(10) },
    { metric, labels: labelsOf('backend_error', 'backend_error'), values: TAPE.step(0, 1) },
  ]
}
