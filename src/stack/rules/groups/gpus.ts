// GPUs: what breaks them, and where their memory matters. That one is busy is no trouble, it is what it was bought for.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { TAPE } from '../tape.ts'
import { DCGM } from '../../foreign.ts'
import { JOBS } from '../../places.ts'

/** °C. Makers slow their data-centre GPUs down from about here (`nvidia-smi -q -d TEMPERATURE`: GPU Slowdown Temp). */
const HOT_C = 88
/** What is left is less than one long prompt takes. */
const MEMORY_RATIO = 0.97

/** They take memory as they need it. vLLM takes nine tenths at its start by design: its KV cache tells how full it is. */
const TAKE_AS_NEEDED: readonly string[] = ['ollama', 'llamacpp']
const TAKE_BEFOREHAND: readonly string[] = ['vllm']

/** Without what a rule of the configuration watches already. */
export function toGpuGroup(context: RuleContext, watched: ReadonlySet<string>): SpecGroup {
  return {
    name: 'weir-gpus',
    about: 'GPUs: heat, faults, and memory where it tells something.',
    records: [],
    alerts: [
      ...(isMemoryTelling(context) && !watched.has('gpuMemory') ? [toMemory(context)] : []),
      ...(watched.has('gpuTemperature') ? [] : [toHot(context)]),
      toFault(context),
    ],
  }
}

function isMemoryTelling({ backendKinds }: RuleContext): boolean {
  return (
    backendKinds.some((kind) => TAKE_AS_NEEDED.includes(kind)) &&
    !backendKinds.some((kind) => TAKE_BEFOREHAND.includes(kind))
  )
}

const LABELS = { gpu: '0', uuid: 'GPU-1', name: 'GPU' }

function toMemory({ own }: RuleContext): AlertSpec {
  const used = own(CATALOGUE.gpuMemoryUsed)
  const played = (values: string): readonly PlayedSeries[] => [
    { metric: CATALOGUE.gpuMemoryUsed.name, labels: LABELS, values },
    { metric: CATALOGUE.gpuMemoryTotal.name, labels: LABELS, values: TAPE.steadyGauge(100) },
  ]
  return {
    alert: 'GpuMemoryFull',
    severity: 'ticket',
    expr: `avg_over_time(${used}[5m]) / ${own(CATALOGUE.gpuMemoryTotal)} > ${MEMORY_RATIO}`,
    forMinutes: 5,
    summary:
      '{{ $value | humanizePercentage }} of the memory of GPU {{ $labels.gpu }} of {{ $labels.instance }} is in use',
    description: 'The next model or a long prompt does not fit: it is put on the CPU, or refused.',
    situations: [
      { what: 'the memory is full', expected: 'rings', series: played(TAPE.gauge(60, 99)) },
      { what: 'a large model fits', expected: 'never', series: played(TAPE.gauge(60, 92)) },
    ],
  }
}

function toHot({ own }: RuleContext): AlertSpec {
  const metric = CATALOGUE.gpuTemperature.name
  return {
    alert: 'GpuHot',
    severity: 'ticket',
    expr: `avg_over_time(${own(CATALOGUE.gpuTemperature)}[5m]) > ${HOT_C}`,
    forMinutes: 5,
    summary: 'GPU {{ $labels.gpu }} of {{ $labels.instance }} is {{ $value | humanize }} °C hot',
    description: 'It slows itself down to stay whole: every token takes longer, and no log of ours says why.',
    situations: [
      {
        what: 'a fan fails',
        expected: 'rings',
        series: [{ metric, labels: LABELS, values: TAPE.gauge(65, 93) }],
      },
      {
        what: 'the GPU works hard',
        expected: 'never',
        series: [{ metric, labels: LABELS, values: TAPE.gauge(65, 82) }],
      },
    ],
  }
}

function toFault({ foreign }: RuleContext): AlertSpec {
  const xid = foreign(DCGM.lastXid.name)
  const job = JOBS.gpu
  const labels = { gpu: '0', UUID: 'GPU-1' }
  return {
    alert: 'GpuFault',
    severity: 'ticket',
    // The number of the last error stays until the exporter begins anew: it is news for half an hour.
    expr: `${xid} > 0 unless ${xid} == ${xid} offset 30m\nor\n${foreign(DCGM.rowRemapFailed.name)} > 0`,
    forMinutes: 0,
    summary: 'GPU {{ $labels.gpu }} of {{ $labels.instance }} reports a fault ({{ $value }})',
    description: 'An error of the driver (Xid), or memory that could not be replaced by its spare rows (1).',
    situations: [
      {
        what: 'the driver reports an error, and no other after it',
        expected: 'rings',
        series: [{ metric: DCGM.lastXid.name, labels, job, values: TAPE.step(0, 79, 25) }],
      },
      {
        what: 'the memory has no spare rows left',
        expected: 'rings',
        series: [{ metric: DCGM.rowRemapFailed.name, labels, job, values: TAPE.gauge(0, 1) }],
      },
      {
        what: 'the driver has reported no error',
        expected: 'never',
        series: [{ metric: DCGM.lastXid.name, labels, job, values: TAPE.steadyGauge(0) }],
      },
    ],
  }
}
