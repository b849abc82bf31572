// A backend is not as it should be, though it may look so to whoever only asks whether it is up. That none reaches it at all is
// a threshold rule of its own (BackendDown), which the configuration always has.
import { equals, type Matcher } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { MIN_BAD_EVENTS, MIN_EVENTS } from './errors.ts'

/** Of the attempts of a quarter of an hour. Retries hide them from users, for as long as there is another backend. */
const ATTEMPTS_RATIO = 0.1
/** Of the probes of a quarter of an hour. */
const PROBES_RATIO = 0.9

export function toBackendGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-backends',
    about: 'Backends that are not as they should be, though they may answer their probes.',
    records: [],
    alerts: [toSilenceAlert(context), toErrorsAlert(context), toProbeAlert(context), toCircuitAlert(context)],
  }
}

/** Whoever is down is told of already. */
const toDown = ({ own }: RuleContext): string => `max by (backend) (${own(CATALOGUE.backendUp)}) == 0`

const ATTEMPTS = `${CATALOGUE.backendCallDuration.name}_count`

/** Calls by backend in so long. */
function sumOf({ own }: RuleContext, range: string, ...matchers: readonly Matcher[]): string {
  return `sum by (backend) (increase(${own(ATTEMPTS, ...matchers)}[${range}]))`
}

const FAILED = equals('status', 'error')

function toSilenceAlert(context: RuleContext): AlertSpec {
  const succeeded = sumOf(context, '5m', equals('status', 'success'))
  return {
    alert: 'BackendNotAnswering',
    severity: 'page',
    expr: `${sumOf(context, '5m', FAILED)} >= ${MIN_BAD_EVENTS} unless ${succeeded} > 0 unless on (backend) ${toDown(context)}`,
    forMinutes: 2,
    summary: 'Every call to the backend {{ $labels.backend }} fails, though it answers its probes',
    description:
      'It says that it is well and does not work: a model that cannot be loaded, a queue that hangs.',
    situations: [
      {
        what: 'every call fails, and probes do not',
        expected: 'rings',
        series: [...toCalls(0, 5), toUp(TAPE.steadyGauge(1))],
      },
      { what: 'one error, and then nobody asks', expected: 'never', series: toOneError() },
      {
        what: 'every call fails because the backend is down',
        expected: 'never',
        series: [...toCalls(0, 5), toUp(TAPE.gauge(1, 0))],
      },
    ],
  }
}

function toErrorsAlert(context: RuleContext): AlertSpec {
  const shareOf = (range: string): string =>
    `${sumOf(context, range, FAILED)} / on (backend) ${sumOf(context, range)}`
  return {
    alert: 'BackendErrorsHigh',
    severity: 'ticket',
    expr:
      `${shareOf('15m')} > ${ATTEMPTS_RATIO}` +
      // As short as it must hold: what is left in the quarter of an hour of an outage that is over is no news.
      ` and on (backend) ${shareOf('5m')} > ${ATTEMPTS_RATIO}` +
      ` and on (backend) ${sumOf(context, '15m', FAILED)} >= ${MIN_BAD_EVENTS}` +
      ` and on (backend) ${sumOf(context, '15m')} >= ${MIN_EVENTS}` +
      ` unless on (backend) ${toDown(context)}`,
    forMinutes: 5,
    summary: '{{ $value | humanizePercentage }} of calls to the backend {{ $labels.backend }} fail',
    description: 'Other backends may answer in its place, so users may not see it yet.',
    situations: [
      { what: 'one call in five fails', expected: 'rings', series: toCalls(8, 2) },
      { what: 'one call in fifty fails', expected: 'never', series: toCalls(49, 1) },
      {
        what: 'every call fails because the backend is down, and it comes back',
        expected: 'never',
        series: [...toCalls(0, 5), toUp(TAPE.gauge(1, 0))],
      },
    ],
  }
}

function toProbeAlert(context: RuleContext): AlertSpec {
  const up = context.own(CATALOGUE.backendUp)
  return {
    alert: 'BackendProbeFailing',
    severity: 'ticket',
    expr: `avg_over_time(${up}[15m]) < ${PROBES_RATIO} unless on (backend) ${toDown(context)}`,
    // As long as the window: what is left in it of an outage that is over is no news.
    forMinutes: 15,
    summary:
      'The backend {{ $labels.backend }} answers {{ $value | humanizePercentage }} of the probes of {{ $labels.instance }}',
    description: 'It comes and goes, or one gateway does not reach it while others do.',
    situations: [
      {
        what: 'one of two gateways does not reach the backend',
        expected: 'rings',
        series: [toUp(TAPE.gauge(1, 0)), { ...toUp(TAPE.steadyGauge(1)), instance: 'gateway-2' }],
      },
      {
        what: 'the backend is down for all, and comes back',
        expected: 'never',
        series: [toUp(TAPE.gauge(1, 0))],
      },
    ],
  }
}

function toCircuitAlert(context: RuleContext): AlertSpec {
  const closed = context.own(CATALOGUE.backendCircuit, equals('state', 'closed'))
  const metric = CATALOGUE.backendCircuit.name
  return {
    alert: 'BackendCircuitOpen',
    severity: 'ticket',
    // Half open for a moment is not well: it counts when it was closed.
    expr: `max by (backend) (max_over_time(${closed}[5m])) == 0 unless on (backend) ${toDown(context)}`,
    forMinutes: 5,
    summary: 'No gateway trusts the backend {{ $labels.backend }}: its circuit has been open for ten minutes',
    description:
      'It failed so often that it is left out, but for single requests that try whether it is well again.',
    situations: [
      {
        what: 'the circuit opens, and closes again',
        expected: 'rings',
        series: [
          { metric, labels: { backend: 'a', state: 'closed' }, values: TAPE.gauge(1, 0) },
          { metric, labels: { backend: 'a', state: 'open' }, values: TAPE.gauge(0, 1) },
        ],
      },
      {
        what: 'the circuit is open at one gateway of two',
        expected: 'never',
        series: [
          { metric, labels: { backend: 'a', state: 'closed' }, values: TAPE.gauge(1, 0) },
          {
            metric,
            labels: { backend: 'a', state: 'closed' },
            values: TAPE.steadyGauge(1),
            instance: 'gateway-2',
          },
        ],
      },
    ],
  }
}

function toUp(values: string): PlayedSeries {
  return { metric: CATALOGUE.backendUp.name, labels: { backend: 'a' }, values }
}

/** Each minute of the trouble; before and after it, as many are well. */
function toCalls(ok: number, failed: number): readonly PlayedSeries[] {
  const metric = `${CATALOGUE.backendCallDuration.name}_count`
  return [
    { metric, labels: { backend: 'a', status: 'success' }, values: TAPE.counter(ok + failed, ok) },
    { metric, labels: { backend: 'a', status: 'error' }, values: TAPE.counter(0, failed) },
  ]
}

function toOneError(): readonly PlayedSeries[] {
  const metric = `${CATALOGUE.backendCallDuration.name}_count`
  return [
    toUp(TAPE.steadyGauge(1)),
    { metric, labels: { backend: 'a', status: 'success' }, values: TAPE.counter(1, 0) },
    { metric, labels: { backend: 'a', status: 'error' }, values: TAPE.step(0, 1) },
  ]
}
