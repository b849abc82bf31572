// There is more to do than slots to do it in, and what becomes of requests then.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import { oneOf, type RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { MIN_BAD_EVENTS } from './errors.ts'

const BUSY_RATIO = 0.9
/** Of all requests. */
const FALLBACK_RATIO = 0.05

export function toQueueGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-queues',
    about: 'More is asked than can be done at once, and what becomes of it.',
    records: [],
    alerts: [
      toSlotsExhausted(context),
      toQueueRefusing(context),
      toOverloaded(context),
      toFallbacks(context),
    ],
  }
}

function toSlotsExhausted({ own }: RuleContext): AlertSpec {
  const meanOf = (metric: { readonly name: string }): string =>
    `sum by (backend) (avg_over_time(${own(metric)}[5m]))`
  const played = (inUse: string, waiting: string): readonly PlayedSeries[] => [
    { metric: CATALOGUE.slotsInUse.name, labels: { backend: 'a' }, values: inUse },
    { metric: CATALOGUE.slotsLimit.name, labels: { backend: 'a' }, values: TAPE.steadyGauge(4) },
    { metric: CATALOGUE.queueDepth.name, labels: { backend: 'a' }, values: waiting },
  ]
  return {
    alert: 'SlotsExhausted',
    severity: 'ticket',
    expr:
      `${meanOf(CATALOGUE.queueDepth)} > 1` +
      ` and on (backend) ${meanOf(CATALOGUE.slotsInUse)} / on (backend) ${meanOf(CATALOGUE.slotsLimit)} > ${BUSY_RATIO}`,
    forMinutes: 10,
    summary:
      '{{ $value | humanize }} requests wait for a slot of {{ $labels.backend }} in the mean of five minutes',
    description:
      'Every slot has been busy for a quarter of an hour: more is asked than the backend does at once.',
    situations: [
      {
        what: 'all four slots are busy and six requests wait',
        expected: 'rings',
        series: played(TAPE.gauge(2, 4), TAPE.gauge(0, 6)),
      },
      {
        what: 'all four slots are busy and nobody waits',
        expected: 'never',
        series: played(TAPE.gauge(2, 4), TAPE.steadyGauge(0)),
      },
    ],
  }
}

function toQueueRefusing({ own }: RuleContext): AlertSpec {
  const refused = own(CATALOGUE.rejected, oneOf('reason', ['queue_full', 'queue_timeout']))
  const metric = CATALOGUE.rejected.name
  return {
    alert: 'QueueRefusing',
    severity: 'ticket',
    symptom: 'errors',
    expr: `sum by (reason) (increase(${refused}[5m])) >= ${MIN_BAD_EVENTS}`,
    forMinutes: 5,
    summary:
      '{{ $value | humanize }} requests were refused in five minutes because of the queue ({{ $labels.reason }})',
    description: 'Callers get 503: the queue is full, or its end is further away than they may wait.',
    situations: [
      {
        what: 'two requests a minute wait in vain',
        expected: 'rings',
        series: [{ metric, labels: { reason: 'queue_timeout' }, values: TAPE.counter(0, 2) }],
      },
      {
        what: 'requests meet the limit of their key',
        expected: 'never',
        series: [{ metric, labels: { reason: 'rate_limited' }, values: TAPE.counter(0, 50) }],
      },
    ],
  }
}

function toOverloaded({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.overloaded.name
  return {
    alert: 'GatewayOverloaded',
    severity: 'ticket',
    symptom: 'errors',
    expr: `avg_over_time(${own(CATALOGUE.overloaded)}[5m]) > 0.5`,
    forMinutes: 5,
    summary: 'The gateway {{ $labels.instance }} refuses requests: it is short of {{ $labels.by }}',
    description: 'It protects what it has begun. Its process, or the machine it runs on, has too much to do.',
    situations: [
      {
        what: 'the event loop is late for long',
        expected: 'rings',
        series: [{ metric, labels: { by: 'loop' }, values: TAPE.gauge(0, 1) }],
      },
      {
        what: 'memory is short for one minute of five',
        expected: 'never',
        series: [{ metric, labels: { by: 'memory' }, values: '1 0 0 0 0 '.repeat(16).trim() }],
      },
    ],
  }
}

function toFallbacks({ own }: RuleContext): AlertSpec {
  const fallbacks = `sum by (from) (increase(${own(CATALOGUE.fallbacks)}[15m]))`
  const played = (perMinute: number): readonly PlayedSeries[] => [
    {
      metric: CATALOGUE.fallbacks.name,
      labels: { from: 'large', to: 'small', reason: 'no_backend' },
      values: TAPE.counter(0, perMinute),
    },
    {
      metric: CATALOGUE.requests.name,
      labels: { model: 'small', backend: 'a', dialect: 'openai', outcome: 'ok', code: '' },
      values: TAPE.steadyCounter(20),
    },
  ]
  return {
    alert: 'FallbacksOften',
    severity: 'ticket',
    expr:
      `${fallbacks} / on () group_left () sum(increase(${own(CATALOGUE.requests)}[15m])) > ${FALLBACK_RATIO}` +
      ` and ${fallbacks} >= ${MIN_BAD_EVENTS}`,
    forMinutes: 5,
    summary:
      '{{ $value | humanizePercentage }} of requests were for {{ $labels.from }} and another model answered',
    description: 'Callers get answers, but not those they asked for: the model they mean is down or full.',
    situations: [
      { what: 'one request in four is answered by another model', expected: 'rings', series: played(5) },
      {
        what: 'one request in a hundred is answered by another model',
        expected: 'never',
        series: played(0.2),
      },
    ],
  }
}
