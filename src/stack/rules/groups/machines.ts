// The machine that a gateway runs on. Where a node_exporter is scraped it speaks for its machine, and the gateways keep silent
// about theirs: one full disk is one alert. In a cluster nodes are somebody else's, who has rules for them.
import { equals } from '../../../slo/promql.ts'
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { AlertSpec, PlayedSeries, SpecGroup } from '../alert.ts'
import type { RuleContext } from '../context.ts'
import { JOBS } from '../../places.ts'
import { TAPE } from '../tape.ts'
import { NODE } from '../../foreign.ts'

/** The usual step of the guides; from here on there is little left for copies of files, and swapping begins. */
const MEMORY_RATIO = 0.85
const DISK_RATIO = 0.85
/** Busy is what a machine is for: only one that has nothing left for so long is told of. */
const CPU_RATIO = 0.95

/** Not made of a disk, or of one that cannot be filled. */
const NO_DISK = 'tmpfs|ramfs|overlay|squashfs|iso9660|devtmpfs|fuse.lxcfs|nsfs'

/** Machines that somebody else watches are not ours to tell of. */
const OF_NODE = equals('job', JOBS.node)

export type MachineGauge = 'hostMemory' | 'hostCpu' | 'hostDisk'

/** Those that no rule of the configuration watches already. */
export function toMachineGroup(context: RuleContext, watched: ReadonlySet<string>): SpecGroup {
  const alerts: readonly (readonly [MachineGauge, AlertSpec])[] = [
    ['hostMemory', toMemory(context)],
    ['hostCpu', toCpu(context)],
    ['hostDisk', toDisk(context)],
  ]
  return {
    name: 'weir-machines',
    about: 'The machines: memory, CPU and disk.',
    records: [],
    alerts: alerts.flatMap(([gauge, alert]) => (watched.has(gauge) ? [] : [alert])),
  }
}

/** `node` is silent where the target has no node_exporter. */
function toExpr({ target, foreign }: RuleContext, own: string, node: string): string {
  if (target === 'kubernetes') return own
  return `(${own} unless on () ${foreign(NODE.memoryTotal.name, OF_NODE)})\nor\n${node}`
}

function toMemory(context: RuleContext): AlertSpec {
  const { own, foreign } = context
  const node = `1 - avg_over_time(${foreign(NODE.memoryAvailable.name, OF_NODE)}[5m]) / ${foreign(NODE.memoryTotal.name, OF_NODE)} > ${MEMORY_RATIO}`
  const ours = { metric: CATALOGUE.hostMemory.name, values: TAPE.gauge(0.5, 0.95) }
  return {
    alert: 'HostMemoryFull',
    severity: 'ticket',
    expr: toExpr(context, `avg_over_time(${own(CATALOGUE.hostMemory)}[5m]) > ${MEMORY_RATIO}`, node),
    forMinutes: 5,
    summary: '{{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is in use',
    description:
      'Copies of files that can be given up do not count. What comes next is a process that is killed.',
    situations: [
      { what: 'a gateway sees its memory run full', expected: 'rings', series: [ours] },
      ...withNode(context, [
        {
          what: 'the exporter of the machine and the gateway see the same memory run full',
          expected: 'rings',
          series: [ours, ...toNodeMemory(TAPE.gauge(32, 4))],
        },
      ]),
      {
        what: 'four fifths of the memory are in use',
        expected: 'never',
        series: [{ metric: CATALOGUE.hostMemory.name, values: TAPE.gauge(0.5, 0.8) }],
      },
    ],
  }
}

function toCpu(context: RuleContext): AlertSpec {
  const { own, foreign } = context
  const idle = foreign(NODE.cpu.name, equals('mode', 'idle'), OF_NODE)
  return {
    alert: 'HostCpuBusy',
    severity: 'ticket',
    expr: toExpr(
      context,
      `avg_over_time(${own(CATALOGUE.hostCpu)}[10m]) > ${CPU_RATIO}`,
      `1 - avg by (job, instance) (rate(${idle}[10m])) > ${CPU_RATIO}`,
    ),
    forMinutes: 10,
    summary:
      'The CPU of {{ $labels.instance }} has been {{ $value | humanizePercentage }} busy for twenty minutes',
    description: 'The gateway needs little, but at once: what computes beside it delays every token.',
    situations: [
      {
        what: 'the CPU has nothing left',
        expected: 'rings',
        series: [{ metric: CATALOGUE.hostCpu.name, values: TAPE.gauge(0.3, 0.99) }],
      },
      ...withNode(context, [
        {
          what: 'the exporter of the machine sees that the CPU has nothing left',
          expected: 'rings',
          series: [
            ...toNodeMemory(TAPE.steadyGauge(32)),
            {
              metric: NODE.cpu.name,
              labels: { cpu: '0', mode: 'idle' },
              job: JOBS.node,
              values: TAPE.counter(50, 1),
            },
          ],
        },
      ]),
      {
        what: 'the CPU is busy for a few minutes',
        expected: 'never',
        series: [{ metric: CATALOGUE.hostCpu.name, values: TAPE.blip(0.3, 1, 6) }],
      },
    ],
  }
}

function toDisk(context: RuleContext): AlertSpec {
  const { own, foreign } = context
  const noDisk = { label: 'fstype', operator: '!~', value: NO_DISK } as const
  const size = foreign(NODE.diskSize.name, noDisk, OF_NODE)
  const ours = { metric: CATALOGUE.hostDisk.name, labels: { mount: '/' } }
  const labels = { device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' }
  return {
    alert: 'HostDiskFull',
    severity: 'ticket',
    expr: toExpr(
      context,
      `avg_over_time(${own(CATALOGUE.hostDisk)}[5m]) > ${DISK_RATIO}`,
      `1 - ${foreign(NODE.diskAvailable.name, noDisk, OF_NODE)} / (${size} > 0) > ${DISK_RATIO}`,
    ),
    forMinutes: 15,
    summary:
      '{{ $value | humanizePercentage }} of the disk at {{ $labels.mount }}{{ $labels.mountpoint }} of {{ $labels.instance }} is in use',
    description: 'Without room no record is kept and no model can be fetched.',
    situations: [
      {
        what: 'the disk runs full, and is tidied up',
        expected: 'rings',
        series: [{ ...ours, values: TAPE.gauge(0.6, 0.93) }],
      },
      ...withNode(context, [
        {
          what: 'the exporter of the machine sees the disk run full',
          expected: 'rings',
          series: [
            ...toNodeMemory(TAPE.steadyGauge(32)),
            { metric: NODE.diskAvailable.name, labels, job: JOBS.node, values: TAPE.gauge(40, 5) },
            { metric: NODE.diskSize.name, labels, job: JOBS.node, values: TAPE.steadyGauge(100) },
          ],
        },
      ]),
      {
        what: 'the disk is four fifths full',
        expected: 'never',
        series: [{ ...ours, values: TAPE.gauge(0.6, 0.8) }],
      },
    ],
  }
}

function withNode({ target }: RuleContext, situations: AlertSpec['situations']): AlertSpec['situations'] {
  return target === 'kubernetes' ? [] : situations
}

function toNodeMemory(available: string): readonly PlayedSeries[] {
  return [
    { metric: NODE.memoryAvailable.name, job: JOBS.node, values: available },
    { metric: NODE.memoryTotal.name, job: JOBS.node, values: TAPE.steadyGauge(64) },
  ]
}
