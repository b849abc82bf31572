// The metrics of the machine this process runs on, and of its GPUs: what collectors read beside the requests. Data only.
import type { GaugeDefinition } from './definition.ts'

/** Of the container where one has limits, else of the machine. */
export const HOST_METRICS = {
  hostMemory: {
    name: 'host_memory_used_ratio',
    type: 'gauge',
    help: 'Share of memory in use where this gateway runs: of the limit of its container, else of the machine. Copies of files that can be given up do not count.',
    labels: [],
    unit: 'ratio',
    since: '0.1.0',
  },
  hostCpu: {
    name: 'host_cpu_used_ratio',
    type: 'gauge',
    help: 'Share of CPU time in use since the reading before: of the limit of its container, else of the processors this gateway may run on.',
    labels: [],
    unit: 'ratio',
    since: '0.1.0',
  },
  hostDisk: {
    name: 'host_disk_used_ratio',
    type: 'gauge',
    help: 'Share of a file system in use, by where it is mounted: that of the data folder, that of /, and other local ones up to eight in all. What is kept for root counts as used.',
    labels: ['mount'],
    unit: 'ratio',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>

const GPU_LABELS = ['gpu', 'uuid', 'name'] as const

/** As the tools of their makers tell; what a GPU does not tell is absent. */
export const GPU_METRICS = {
  gpuMemoryUsed: {
    name: 'gpu_memory_used_bytes',
    type: 'gauge',
    help: 'Memory of the GPU that is taken, by whichever program.',
    labels: GPU_LABELS,
    unit: 'bytes',
    since: '0.1.0',
  },
  gpuMemoryTotal: {
    name: 'gpu_memory_total_bytes',
    type: 'gauge',
    help: 'Memory of the GPU.',
    labels: GPU_LABELS,
    unit: 'bytes',
    since: '0.1.0',
  },
  gpuUtilization: {
    name: 'gpu_utilization_ratio',
    type: 'gauge',
    help: 'Share of the time in which the GPU had something to do, as its driver tells. Absent for GPUs that are divided (MIG).',
    labels: GPU_LABELS,
    unit: 'ratio',
    since: '0.1.0',
  },
  gpuTemperature: {
    name: 'gpu_temperature_celsius',
    type: 'gauge',
    help: 'Temperature of the GPU.',
    labels: GPU_LABELS,
    unit: 'celsius',
    since: '0.1.0',
  },
  gpuPower: {
    name: 'gpu_power_watts',
    type: 'gauge',
    help: 'Power the GPU draws.',
    labels: GPU_LABELS,
    unit: 'watts',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>

export const COLLECTOR_METRICS = {
  collectorUp: {
    name: 'weir_collector_up',
    type: 'gauge',
    help: '1 while the collector (host, nvidia, amd) brings values, 0 while it has some to bring and does not: the tool hangs, fails, or lost its GPUs. Absent where there is no such tool.',
    labels: ['collector'],
    unit: 'bool',
    since: '0.1.0',
  },
} as const satisfies Record<string, GaugeDefinition>
