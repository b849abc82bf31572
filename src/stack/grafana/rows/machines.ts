// Rows about the machines of the gateways and their GPUs, as gateways read them. Of every other machine exporters tell.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines, states } from '../graphs.ts'
import { HALF, QUARTER } from '../panel.ts'
import type { Ask } from '../query.ts'

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
        max: 1,
        width: QUARTER,
      }),
      lines({
        title: 'Memory',
        description:
          'Share of the memory in use: of the container where it has a limit, else of the machine. Copies of files that can be given up do not count.',
        queries: [{ expr: ask.select(CATALOGUE.hostMemory), legend: '{{instance}}' }],
        unit: 'percentunit',
        max: 1,
        width: QUARTER,
      }),
      lines({
        title: 'Disks',
        description:
          'Share of each file system in use. A full one stops the store of records and the log, not the requests.',
        queries: [{ expr: ask.select(CATALOGUE.hostDisk), legend: '{{instance}} {{mount}}' }],
        unit: 'percentunit',
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
        max: 1,
      }),
      lines({
        title: 'GPU memory',
        description:
          'The same in bytes. What a model that does not fit takes on top runs on the CPU, ten times slower.',
        queries: [{ expr: used, legend }],
        unit: 'bytes',
      }),
      lines({
        title: 'GPU busy',
        description:
          'Share of the time in which the GPU had something to do. High is no fault: that is what it was bought for.',
        queries: [{ expr: ask.select(CATALOGUE.gpuUtilization), legend }],
        unit: 'percentunit',
        max: 1,
      }),
      lines({
        title: 'GPU temperature',
        description: 'From about 85 °C most GPUs slow themselves down, and with them every answer.',
        queries: [{ expr: ask.select(CATALOGUE.gpuTemperature), legend }],
        unit: 'celsius',
        isSigned: true,
        width: HALF,
      }),
      lines({
        title: 'GPU power',
        description: 'Watts that each GPU draws. At its limit it slows itself down.',
        queries: [{ expr: ask.select(CATALOGUE.gpuPower), legend }],
        unit: 'watt',
        width: HALF,
      }),
    ],
  }
}
