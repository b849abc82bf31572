// Models and the memory they live in: what makes a backend slow though it answers everything.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'

/** Whoever loads a model more often in half an hour has not enough memory for what is asked for, or forgets too soon. */
const MANY_LOADS = 3
/** From here on vLLM and SGLang put requests off, and begin some of them anew. */
const KV_CACHE_RATIO = 0.95
/** A backend rounds its numbers: a byte that is missing is no layer on the CPU. */
const WHOLE_RATIO = 0.99

export function toModelGroup(context: RuleContext): SpecGroup {
  return {
    name: 'weir-models',
    about: 'Models and the memory that they live in.',
    records: [],
    alerts: [toPartlyOnCpu(context), toLoadsOften(context), toKvCacheFull(context)],
  }
}

const LABELS = { backend: 'a', model: 'm' }

function toPartlyOnCpu({ own }: RuleContext): AlertSpec {
  const of = (metric: { readonly name: string }): string => `max by (backend, model) (${own(metric)})`
  const played = (inGpu: string): readonly PlayedSeries[] => [
    { metric: CATALOGUE.modelVram.name, labels: LABELS, values: inGpu },
    { metric: CATALOGUE.modelBytes.name, labels: LABELS, values: TAPE.steadyGauge(20_000_000_000) },
  ]
  return {
    alert: 'ModelPartlyOnCpu',
    severity: 'ticket',
    // Nothing at all in the memory of a GPU: that machine has none, and it is no accident.
    expr: `${of(CATALOGUE.modelVram)} / (${of(CATALOGUE.modelBytes)} > 0) < ${WHOLE_RATIO} and ${of(CATALOGUE.modelVram)} > 0`,
    forMinutes: 10,
    summary:
      'Only {{ $value | humanizePercentage }} of {{ $labels.model }} are in GPU memory at {{ $labels.backend }}',
    description: 'The rest runs on the CPU: every token takes several times as long.',
    situations: [
      {
        what: 'a third of the model is moved to the CPU',
        expected: 'rings',
        series: played(TAPE.gauge(20_000_000_000, 13_000_000_000)),
      },
      { what: 'the machine has no GPU', expected: 'never', series: played(TAPE.steadyGauge(0)) },
    ],
  }
}

function toLoadsOften({ own }: RuleContext): AlertSpec {
  const loads = `${CATALOGUE.modelLoad.name}_count`
  return {
    alert: 'ModelLoadsOften',
    severity: 'ticket',
    expr: `sum by (backend, model) (increase(${own(loads)}[30m])) > ${MANY_LOADS}`,
    forMinutes: 10,
    summary:
      '{{ $labels.model }} was loaded {{ $value | humanize }} times in half an hour at {{ $labels.backend }}',
    description:
      'Models push each other out of memory, or are unloaded too soon; who comes first waits for each load.',
    situations: [
      {
        what: 'a model is loaded every four minutes',
        expected: 'rings',
        series: [{ metric: loads, labels: LABELS, values: TAPE.counter(0, 0.25) }],
      },
      {
        what: 'a model is loaded every twenty minutes',
        expected: 'never',
        series: [{ metric: loads, labels: LABELS, values: TAPE.steadyCounter(0.05) }],
      },
    ],
  }
}

function toKvCacheFull({ own }: RuleContext): AlertSpec {
  const used = own(CATALOGUE.backendKvCache)
  const waiting = own(CATALOGUE.backendRequestsWaiting)
  const played = (ratio: string, requests: string): readonly PlayedSeries[] => [
    { metric: CATALOGUE.backendKvCache.name, labels: { backend: 'a' }, values: ratio },
    { metric: CATALOGUE.backendRequestsWaiting.name, labels: { backend: 'a' }, values: requests },
  ]
  return {
    alert: 'KvCacheFull',
    severity: 'ticket',
    // A full cache in which nobody has to wait is well used.
    expr:
      `max by (backend) (avg_over_time(${used}[5m])) > ${KV_CACHE_RATIO}` +
      ` and on (backend) max by (backend) (min_over_time(${waiting}[5m])) > 0`,
    forMinutes: 5,
    summary:
      'The KV cache of {{ $labels.backend }} is {{ $value | humanizePercentage }} full, and requests wait inside it',
    description:
      'More or longer requests run at once than its memory holds: it puts some off and computes them anew.',
    situations: [
      {
        what: 'the cache is full and requests wait',
        expected: 'rings',
        series: played(TAPE.gauge(0.6, 0.99), TAPE.gauge(0, 12)),
      },
      {
        what: 'the cache is full and nobody waits',
        expected: 'never',
        series: played(TAPE.gauge(0.6, 0.99), TAPE.steadyGauge(0)),
      },
    ],
  }
}
