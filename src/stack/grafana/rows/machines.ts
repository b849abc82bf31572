// Rows about machines: what a gateway reads of its own, and what exporters beside it tell of every machine and GPU.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { DCGM, NODE } from '../foreign.ts'
import { lines, stat, states, type Panel } from '../panel.ts'
import type { Ask } from '../query.ts'

const THIRD = 8
const QUARTER = 6
const NODE_CHOSEN = { instance: '$node' } as const
/** What is in memory or made up has no room to run out of. */
const REAL_DISK = { not: 'tmpfs' }
const OUTSIDE = { not: 'lo' }
/** DCGM counts memory in MiB and utilisation in percent. */
const MIB_BYTES = 1_048_576
const PERCENT = 100

export function toHostRow(ask: Ask): Row {
  return {
    title: 'Where the gateways run',
    panels: [
      lines({
        title: 'CPU',
        description:
          'Share of the CPU time in use: of the container where it has a limit, else of the machine.',
        queries: [{ expr: ask.select(CATALOGUE.hostCpu), legend: '{{instance}}' }],
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: QUARTER,
      }),
      lines({
        title: 'Memory',
        description:
          'Share of the memory in use: of the container where it has a limit, else of the machine. Copies of files that can be given up do not count.',
        queries: [{ expr: ask.select(CATALOGUE.hostMemory), legend: '{{instance}}' }],
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: QUARTER,
      }),
      lines({
        title: 'Disks',
        description:
          'Share of each file system in use. A full one stops the store of records and the log, not the requests.',
        queries: [{ expr: ask.select(CATALOGUE.hostDisk), legend: '{{instance}} {{mount}}' }],
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: QUARTER,
      }),
      states({
        title: 'Collectors',
        description:
          'Whether what is read beside requests (host, GPUs) brings values. Silent: the tool hangs, fails, or lost its GPUs; its panels are old then.',
        queries: [{ expr: ask.select(CATALOGUE.collectorUp), legend: '{{instance}} {{collector}}' }],
        unit: 'none',
        values: { 0: ['silent', 'red'], 1: ['works', 'green'] },
        width: QUARTER,
      }),
    ],
  }
}

export function toGpuRow(ask: Ask): Row {
  const legend = '{{instance}} {{gpu}} {{name}}'
  const used = ask.select(CATALOGUE.gpuMemoryUsed)
  return {
    title: 'GPUs of the gateways’ machines',
    panels: [
      lines({
        title: 'GPU memory in use',
        description:
          'Share of the memory of each GPU that is taken. vLLM takes about nine tenths from the start, whatever it does: look at its KV cache then.',
        queries: [{ expr: `${used} / ${ask.select(CATALOGUE.gpuMemoryTotal)}`, legend }],
        unit: 'percentunit',
        min: 0,
        max: 1,
      }),
      lines({
        title: 'GPU memory',
        description:
          'The same in bytes. What a model that does not fit takes on top runs on the CPU, ten times slower.',
        queries: [{ expr: used, legend }],
        unit: 'bytes',
        min: 0,
      }),
      lines({
        title: 'GPU busy',
        description:
          'Share of the time in which the GPU had something to do. High is no fault: that is what it was bought for.',
        queries: [{ expr: ask.select(CATALOGUE.gpuUtilization), legend }],
        unit: 'percentunit',
        min: 0,
        max: 1,
      }),
      lines({
        title: 'GPU temperature',
        description: 'From about 85 °C most GPUs slow themselves down, and with them every answer.',
        queries: [{ expr: ask.select(CATALOGUE.gpuTemperature), legend }],
        unit: 'celsius',
        width: 12,
      }),
      lines({
        title: 'GPU power',
        description: 'What each GPU draws.',
        queries: [{ expr: ask.select(CATALOGUE.gpuPower), legend }],
        unit: 'watt',
        min: 0,
        width: 12,
      }),
    ],
  }
}

/** `machines` asks without the jobs of the gateways: exporters have their own. */
export function toNodeRow(machines: Ask): Row {
  const perDisk = { ...NODE_CHOSEN, fstype: REAL_DISK } as const
  const traffic = (metric: typeof NODE.received | typeof NODE.sent): string =>
    machines.rate(metric, { where: { ...NODE_CHOSEN, device: OUTSIDE }, by: ['instance'] })
  const idle = machines.rate(NODE.cpu, { where: { ...NODE_CHOSEN, mode: 'idle' }, by: ['instance'] })
  const all = machines.rate(NODE.cpu, { where: NODE_CHOSEN, by: ['instance'] })
  return {
    title: 'Machines (node_exporter)',
    isCollapsed: true,
    panels: [
      lines({
        title: 'CPU of the machine',
        description: 'Share of the time in which the processors of each machine were not idle.',
        queries: [{ expr: `1 - ${idle} / (${all} > 0)`, legend: '{{instance}}' }],
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: THIRD,
      }),
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
        min: 0,
        max: 1,
        width: THIRD,
      }),
      lines({
        title: 'Disks of the machine',
        description: 'Share of each file system in use.',
        queries: [
          {
            expr: `1 - ${machines.select(NODE.diskAvailable, perDisk)} / ${machines.select(NODE.diskSize, perDisk)}`,
            legend: '{{instance}} {{mountpoint}}',
          },
        ],
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: THIRD,
      }),
      lines({
        title: 'Load',
        description:
          'Programs that want to run, over one minute. More than there are processors, and they wait for each other.',
        queries: [{ expr: machines.select(NODE.load, NODE_CHOSEN), legend: '{{instance}}' }],
        unit: 'short',
        min: 0,
        width: THIRD,
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
        min: 0,
        width: THIRD,
      }),
      lines({
        title: 'Network',
        description: 'Bytes each second in and out, without the loopback device.',
        queries: [
          { expr: traffic(NODE.received), legend: '{{instance}} in' },
          { expr: traffic(NODE.sent), legend: '{{instance}} out' },
        ],
        unit: 'Bps',
        min: 0,
        width: THIRD,
      }),
    ],
  }
}

export function toDcgmRow(machines: Ask): Row {
  const legend = '{{Hostname}} {{gpu}} {{modelName}}'
  const graph = (words: Omit<Parameters<typeof lines>[0], 'queries'>, expr: string): Panel =>
    lines({ width: QUARTER, ...words, queries: [{ expr, legend }] })
  return {
    title: 'GPUs of every machine (DCGM exporter)',
    isCollapsed: true,
    panels: [
      graph(
        {
          title: 'Busy',
          description: 'Share of the time in which each GPU had something to do.',
          unit: 'percentunit',
          min: 0,
          max: 1,
        },
        `${machines.select(DCGM.utilization)} / ${PERCENT}`,
      ),
      graph(
        { title: 'Memory', description: 'Memory of each GPU that is taken.', unit: 'bytes', min: 0 },
        `${machines.select(DCGM.memoryUsed)} * ${MIB_BYTES}`,
      ),
      graph(
        {
          title: 'Temperature',
          description: 'From about 85 °C most GPUs slow themselves down.',
          unit: 'celsius',
        },
        machines.select(DCGM.temperature),
      ),
      graph(
        { title: 'Power', description: 'What each GPU draws.', unit: 'watt', min: 0 },
        machines.select(DCGM.power),
      ),
      stat({
        title: 'Last fault',
        description:
          'The number of the last fault (XID) that the driver of each GPU reported; 0 is none. NVIDIA lists what they mean.',
        queries: [{ expr: machines.select(DCGM.lastError), legend }],
        unit: 'none',
        steps: [
          { from: null, color: 'green' },
          { from: 1, color: 'red' },
        ],
        width: 24,
        hasGraph: false,
      }),
    ],
  }
}
