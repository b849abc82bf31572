// Rows about machines and GPUs as exporters beside them tell, which are scraped under jobs of their own.
import type { Row } from '../dashboard.ts'
import { DCGM, NODE } from '../../foreign.ts'
import { lines, stat } from '../graphs.ts'
import { QUARTER, type Panel } from '../panel.ts'
import type { Ask } from '../query.ts'

const NODE_CHOSEN = { instance: '$node' } as const
/** What is in memory, cannot be written, or is shown twice has no room of its own to run out of. */
const REAL_DISK = { notMatches: 'tmpfs|ramfs|squashfs|iso9660|fuse.*' }
/** Without the loopback device and the ends of connections between containers. */
const OUTSIDE = { notMatches: 'lo|veth.*|docker.*|br-.*' }
/** DCGM counts memory in MiB and utilisation in percent. */
const MIB_BYTES = 1_048_576
const PERCENT = 100
const GPU_LEGEND = '{{Hostname}} {{gpu}} {{modelName}}'

/** `machines` asks without the jobs of the gateways: exporters have their own. */
export function toNodeRow(machines: Ask): Row {
  return {
    title: 'Machines (node_exporter)',
    isCollapsed: true,
    panels: [
      toMachineCpu(machines),
      lines({
        title: 'Memory of the machine',
        description: 'Share of the memory of each machine that no program could get any more.',
        queries: [
          {
            expr: `1 - ${machines.select(NODE.memoryAvailable, NODE_CHOSEN)} / ${machines.select(NODE.memoryTotal, NODE_CHOSEN)}`,
            legend: '{{instance}}',
          },
        ],
        unit: 'percentunit',
        max: 1,
      }),
      toMachineDisks(machines),
      lines({
        title: 'Load',
        description:
          'Programs that want to run, over one minute. More than there are processors, and they wait for each other.',
        queries: [{ expr: machines.select(NODE.load, NODE_CHOSEN), legend: '{{instance}}' }],
        unit: 'short',
      }),
      lines({
        title: 'Disks at work',
        description:
          'Share of the time in which each disk was busy. A model that is loaded shows as a plateau at 1.',
        queries: [
          {
            expr: machines.rate(NODE.diskBusy, { where: NODE_CHOSEN, by: ['instance', 'device'] }),
            legend: '{{instance}} {{device}}',
          },
        ],
        unit: 'percentunit',
      }),
      toNetwork(machines),
    ],
  }
}

export function toDcgmRow(machines: Ask): Row {
  const graph = (words: Omit<Parameters<typeof lines>[0], 'queries'>, expr: string): Panel =>
    lines({ width: QUARTER, ...words, queries: [{ expr, legend: GPU_LEGEND }] })
  return {
    title: 'GPUs of every machine (DCGM exporter)',
    isCollapsed: true,
    panels: [
      graph(
        {
          title: 'Busy GPUs',
          description: 'Share of the time in which each GPU had something to do.',
          unit: 'percentunit',
          max: 1,
        },
        `${machines.select(DCGM.utilization)} / ${PERCENT}`,
      ),
      graph(
        { title: 'Memory of GPUs', description: 'Memory of each GPU that is taken.', unit: 'bytes' },
        `${machines.select(DCGM.memoryUsed)} * ${MIB_BYTES}`,
      ),
      graph(
        {
          title: 'Temperature of GPUs',
          description: 'From about 85 °C most GPUs slow themselves down.',
          unit: 'celsius',
          isSigned: true,
        },
        machines.select(DCGM.temperature),
      ),
      graph(
        {
          title: 'Power of GPUs',
          description: 'Watts that each GPU draws. At its limit it slows itself down.',
          unit: 'watt',
        },
        machines.select(DCGM.power),
      ),
      toLastFault(machines),
    ],
  }
}

function toMachineCpu(machines: Ask): Panel {
  const idle = machines.rate(NODE.cpu, { where: { ...NODE_CHOSEN, mode: 'idle' }, by: ['instance'] })
  const all = machines.rate(NODE.cpu, { where: NODE_CHOSEN, by: ['instance'] })
  return lines({
    title: 'CPU of the machine',
    description: 'Share of the time in which the processors of each machine were not idle.',
    queries: [{ expr: `1 - ${idle} / (${all} > 0)`, legend: '{{instance}}' }],
    unit: 'percentunit',
    max: 1,
  })
}

function toMachineDisks(machines: Ask): Panel {
  const perDisk = { ...NODE_CHOSEN, fstype: REAL_DISK } as const
  return lines({
    title: 'Disks of the machine',
    description: 'Share of each file system in use.',
    queries: [
      {
        expr: `1 - ${machines.select(NODE.diskAvailable, perDisk)} / ${machines.select(NODE.diskSize, perDisk)}`,
        legend: '{{instance}} {{mountpoint}}',
      },
    ],
    unit: 'percentunit',
    max: 1,
  })
}

function toNetwork(machines: Ask): Panel {
  const traffic = (metric: typeof NODE.received | typeof NODE.sent): string =>
    machines.rate(metric, { where: { ...NODE_CHOSEN, device: OUTSIDE }, by: ['instance'] })
  return lines({
    title: 'Network',
    description: 'Bytes each second in and out, without the devices between containers.',
    queries: [
      { expr: traffic(NODE.received), legend: '{{instance}} in' },
      { expr: traffic(NODE.sent), legend: '{{instance}} out' },
    ],
    unit: 'Bps',
  })
}

function toLastFault(machines: Ask): Panel {
  return stat({
    title: 'Last fault',
    description:
      'The number of the last fault (XID) that the driver of each GPU reported; 0 is none. NVIDIA lists what they mean.',
    queries: [{ expr: machines.select(DCGM.lastXid), legend: GPU_LEGEND }],
    unit: 'none',
    steps: [
      { from: null, color: 'green' },
      { from: 1, color: 'red' },
    ],
    width: 24,
    hasGraph: false,
  })
}
