// What is not known of requests and machines though everything was served: records, label sets and readings that are missing.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'

export function toLossGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-losses',
    about: 'What is not known of requests though they were served.',
    records: [],
    alerts: [toRecordsDropped(context), toSeriesLimited(context), toCollectorFailing(context)],
  }
}

function toRecordsDropped({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.recordsDropped.name
  return {
    alert: 'RecordsDropped',
    severity: 'ticket',
    expr: `sum by (instance, reason) (increase(${own(CATALOGUE.recordsDropped)}[15m])) > 0`,
    forMinutes: 5,
    summary: '{{ $value | humanize }} records were lost at {{ $labels.instance }} ({{ $labels.reason }})',
    description:
      'The requests were served. What is lost is what is known of them: in the log, the store or the metrics.',
    situations: [
      {
        what: 'the store does not keep up',
        expected: 'rings',
        series: [{ metric, labels: { reason: 'store_overflow' }, values: TAPE.counter(0, 3) }],
      },
      {
        what: 'nothing is lost',
        expected: 'never',
        series: [{ metric, labels: { reason: 'store_overflow' }, values: TAPE.steadyCounter(0) }],
      },
    ],
  }
}

function toSeriesLimited({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.seriesLimited.name
  return {
    alert: 'SeriesLimited',
    severity: 'ticket',
    expr: `sum by (metric) (increase(${own(CATALOGUE.seriesLimited)}[30m])) > 0`,
    forMinutes: 5,
    summary: 'The metric {{ $labels.metric }} has more label sets than there is room for',
    description: 'New ones are counted as "other": the sums are right, who is behind them is not told apart.',
    situations: [
      {
        what: 'new label sets find no room',
        expected: 'rings',
        series: [{ metric, labels: { metric: CATALOGUE.phase.name }, values: TAPE.counter(0, 2) }],
      },
      {
        what: 'the room was full once, long ago',
        expected: 'never',
        series: [{ metric, labels: { metric: CATALOGUE.phase.name }, values: TAPE.steadyGauge(7) }],
      },
    ],
  }
}

function toCollectorFailing({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.collectorUp.name
  return {
    alert: 'CollectorFailing',
    severity: 'ticket',
    expr: `${own(CATALOGUE.collectorUp)} == 0`,
    forMinutes: 15,
    summary: 'The collector {{ $labels.collector }} of {{ $labels.instance }} brings no values',
    description:
      'Its tool hangs or fails, or has lost its GPUs: what is shown of that machine is missing, not well.',
    situations: [
      {
        what: 'the tool of the GPUs hangs',
        expected: 'rings',
        series: [{ metric, labels: { collector: 'nvidia' }, values: TAPE.gauge(1, 0) }],
      },
      {
        what: 'the tool misses one reading',
        expected: 'never',
        series: [{ metric, labels: { collector: 'nvidia' }, values: TAPE.blip(1, 0, 4) }],
      },
    ],
  }
}
