// Answers that begin well: what their status does not show.
import { equals } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import { oneOf, type RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { MIN_BAD_EVENTS } from './errors.ts'

const BROKEN_RATIO = 0.01
/** One answer in ten in which the text freezes for two seconds or more. */
const STALL_RATIO = 0.1

export function toStreamGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-streams',
    about: 'Answers that begin well and do not end so.',
    records: [],
    alerts: [toInterrupted(context), toStalls(context)],
  }
}

const toOk = (perMinute: number): PlayedSeries => ({
  metric: CATALOGUE.requests.name,
  labels: { model: 'm', backend: 'a', dialect: 'openai', outcome: 'ok', code: '' },
  values: TAPE.steadyCounter(perMinute),
})

function toInterrupted({ own }: RuleContext): AlertSpec {
  const broken = `sum by (by) (increase(${own(CATALOGUE.streamInterrupted, oneOf('by', ['backend', 'gateway']))}[15m]))`
  const served = own(CATALOGUE.requests, oneOf('outcome', ['ok', 'backend_error', 'gateway_error']))
  const played = (by: string, perMinute: number): readonly PlayedSeries[] => [
    { metric: CATALOGUE.streamInterrupted.name, labels: { by }, values: TAPE.counter(0, perMinute) },
    toOk(20),
  ]
  return {
    alert: 'StreamsInterrupted',
    severity: 'ticket',
    symptom: 'errors',
    expr:
      `${broken} / on () group_left () sum(increase(${served}[15m])) > ${BROKEN_RATIO}` +
      ` and ${broken} >= ${MIN_BAD_EVENTS}`,
    forMinutes: 5,
    summary:
      '{{ $value | humanizePercentage }} of answers are broken off in the middle, by the {{ $labels.by }}',
    description:
      'Their status is 200: only here, in the records and in the share of failed requests it is seen.',
    situations: [
      { what: 'a backend dies in the middle of answers', expected: 'rings', series: played('backend', 1) },
      { what: 'callers leave in the middle of answers', expected: 'never', series: played('caller', 10) },
    ],
  }
}

function toStalls({ own }: RuleContext): AlertSpec {
  const stalls = `sum by (backend) (increase(${own(CATALOGUE.streamStalls)}[15m]))`
  const served = own(CATALOGUE.requests, equals('outcome', 'ok'))
  const played = (perMinute: number): readonly PlayedSeries[] => [
    {
      metric: CATALOGUE.streamStalls.name,
      labels: { model: 'm', backend: 'a' },
      values: TAPE.counter(0, perMinute),
    },
    toOk(20),
  ]
  return {
    alert: 'StreamStalls',
    severity: 'ticket',
    symptom: 'latency',
    expr:
      `${stalls} / on (backend) sum by (backend) (increase(${served}[15m])) > ${STALL_RATIO}` +
      ` and ${stalls} >= ${MIN_BAD_EVENTS}`,
    forMinutes: 10,
    summary:
      'The text freezes {{ $value | humanize }} times in an answer of {{ $labels.backend }}, in the mean',
    description:
      'Gaps of more than two seconds between two tokens: more runs at once than the backend can keep up with.',
    situations: [
      { what: 'one answer in four freezes', expected: 'rings', series: played(5) },
      { what: 'one answer in a hundred freezes', expected: 'never', series: played(0.2) },
    ],
  }
}
