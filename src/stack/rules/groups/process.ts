// The gateway's own process: its configuration, its event loop, and whether what answers Prometheus is a gateway at all. That it does not answer is GatewayDown, which stands with the objectives.
import { equals } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { PROCESS, UP } from '../../foreign.ts'

/** Seconds. A tenth of one is what a person notices; the gateway's own share of a request is a hundredth of that. */
const LOOP_DELAY_S = 0.1
const FILES_RATIO = 0.8
const MANY_RESTARTS = 3

export function toProcessGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-process',
    about: 'The process of the gateway: what it was told, how busy it is, and whether it is one.',
    records: [],
    alerts: [
      toMetricsMissing(context),
      toRestarts(context),
      toReloadFailed(context),
      toLoopDelayed(context),
      toFilesLow(context),
      toLimitsAlone(context),
    ],
  }
}

function toMetricsMissing({ own }: RuleContext): AlertSpec {
  const up = { metric: UP, values: TAPE.steadyGauge(1) }
  const info = { metric: CATALOGUE.buildInfo.name, labels: { version: '1', commit: 'c', node_version: 'n' } }
  return {
    alert: 'GatewayMetricsMissing',
    severity: 'ticket',
    expr: `${own(UP)} == 1 unless on (job, instance) ${own(CATALOGUE.buildInfo)}`,
    forMinutes: 10,
    summary: 'What answers at {{ $labels.instance }} is scraped as a gateway and is none',
    description:
      'Another program has the port, or metrics.path is another one: panels are empty and no rule can ring.',
    situations: [
      {
        what: 'another program takes the port for a while',
        expected: 'rings',
        series: [up, { ...info, values: TAPE.gap(1) }],
      },
      {
        what: 'a gateway answers',
        expected: 'never',
        series: [up, { ...info, values: TAPE.steadyGauge(1) }],
      },
    ],
  }
}

/** Every six minutes, five times; when each process began. */
const RESTARTS = `1000x10 ${[1, 2, 3, 4, 5].map((at) => `${1_000 + at * 360}x5`).join(' ')} 2800x39`

function toRestarts({ own }: RuleContext): AlertSpec {
  return {
    alert: 'GatewayRestarts',
    severity: 'ticket',
    expr: `changes(${own(PROCESS.startTime)}[30m]) >= ${MANY_RESTARTS}`,
    forMinutes: 0,
    summary: 'The gateway {{ $labels.instance }} has begun anew {{ $value }} times in half an hour',
    description: 'It ends and somebody starts it again; what was under way each time is lost.',
    situations: [
      {
        what: 'the process starts anew every six minutes',
        expected: 'rings',
        series: [
          {
            metric: PROCESS.startTime,
            values: RESTARTS,
          },
        ],
      },
      {
        what: 'the process starts anew once',
        expected: 'never',
        series: [{ metric: PROCESS.startTime, values: TAPE.step(1_000, 1_600) }],
      },
    ],
  }
}

function toReloadFailed({ own }: RuleContext): AlertSpec {
  return {
    alert: 'ConfigReloadFailed',
    severity: 'ticket',
    expr: `${own(CATALOGUE.configReloadSuccess)} == 0`,
    forMinutes: 5,
    summary: 'The gateway {{ $labels.instance }} has refused its configuration and keeps the one before',
    description: 'What was changed is not in force. If it starts anew, it will not come up.',
    situations: [
      {
        what: 'a broken file is read, and mended',
        expected: 'rings',
        series: [{ metric: CATALOGUE.configReloadSuccess.name, values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'a broken file is mended within two minutes',
        expected: 'never',
        series: [{ metric: CATALOGUE.configReloadSuccess.name, values: TAPE.blip(1, 0, 2) }],
      },
    ],
  }
}

function toLoopDelayed({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.eventLoopDelay.name
  return {
    alert: 'EventLoopDelayed',
    severity: 'ticket',
    expr: `avg_over_time(${own(CATALOGUE.eventLoopDelay, equals('stat', 'p99'))}[5m]) > ${LOOP_DELAY_S}`,
    forMinutes: 10,
    summary:
      'The gateway {{ $labels.instance }} is {{ $value | humanizeDuration }} late in one of a hundred turns',
    description:
      'Its one thread has more to do than it can: every request through it waits that long, tokens too.',
    situations: [
      {
        what: 'the loop is a quarter of a second late',
        expected: 'rings',
        series: [{ metric, labels: { stat: 'p99' }, values: TAPE.gauge(0.01, 0.25) }],
      },
      {
        what: 'the loop was late once',
        expected: 'never',
        series: [{ metric, labels: { stat: 'max' }, values: TAPE.gauge(0.01, 0.9) }],
      },
    ],
  }
}

function toFilesLow({ own }: RuleContext): AlertSpec {
  const limit = { metric: PROCESS.mostFiles, values: TAPE.steadyGauge(1024) }
  return {
    alert: 'FileDescriptorsLow',
    severity: 'ticket',
    expr: `${own(PROCESS.openFiles)} / ${own(PROCESS.mostFiles)} > ${FILES_RATIO}`,
    forMinutes: 10,
    summary:
      'The gateway {{ $labels.instance }} has {{ $value | humanizePercentage }} of its file descriptors open',
    description:
      'Each connection is one. When there are none left, callers and backends cannot be connected.',
    situations: [
      {
        what: 'nine hundred of 1024 are open',
        expected: 'rings',
        series: [limit, { metric: PROCESS.openFiles, values: TAPE.gauge(60, 900) }],
      },
      {
        what: 'half of them are open',
        expected: 'never',
        series: [limit, { metric: PROCESS.openFiles, values: TAPE.gauge(60, 512) }],
      },
    ],
  }
}

function toLimitsAlone({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.ledgerState.name
  return {
    alert: 'LimitsAlone',
    severity: 'ticket',
    expr: `min_over_time(${own(CATALOGUE.ledgerState, equals('state', 'alone'))}[2m]) == 1`,
    forMinutes: 3,
    summary: 'The gateway {{ $labels.instance }} counts limits alone: the shared state does not answer',
    description: 'Until it does, every gateway allows its own share by itself, and budgets are told later.',
    situations: [
      {
        what: 'the shared state is away',
        expected: 'rings',
        series: [{ metric, labels: { state: 'alone' }, values: TAPE.gauge(0, 1) }],
      },
      {
        what: 'limits are counted in the process, as configured',
        expected: 'never',
        series: [{ metric, labels: { state: 'local' }, values: TAPE.steadyGauge(1) }],
      },
    ],
  }
}
