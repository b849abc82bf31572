// What threshold rules watch of this machine, in their words: the collectors read it, for them and for the metrics page alike.
import type { GaugeName } from '../slo/threshold-rule.ts'
import type { Reading } from '../slo/thresholds/gauge-means.ts'
import type { GpuReading } from '../telemetry/collectors/gpu.ts'
import type { Machine } from '../telemetry/collectors/machine.ts'

export type ReadGauge = (gauge: GaugeName) => Promise<readonly Reading[]>

/** A rule watches a GPU, and none can be read. */
class NoGpuError extends Error {
  override readonly name = 'NoGpuError'
}

export function createGaugeReader(machine: Pick<Machine, 'host' | 'gpus'>): ReadGauge {
  return async (gauge) => {
    switch (gauge) {
      case 'hostMemory':
        return toReadings((await machine.host()).memoryRatio)
      case 'hostCpu':
        return toReadings((await machine.host()).cpuRatio)
      case 'hostDisk':
        return (await machine.host()).disks.map(({ mount, usedRatio }) => ({
          labels: { mount },
          value: usedRatio,
        }))
      case 'gpuMemory':
        return readGpus(machine, toMemoryRatio)
      case 'gpuUtilization':
        return readGpus(machine, ({ utilizationRatio }) => utilizationRatio)
      case 'gpuTemperature':
        return readGpus(machine, ({ celsius }) => celsius)
    }
  }
}

function toReadings(value: number | undefined): readonly Reading[] {
  return value === undefined ? [] : [{ labels: {}, value }]
}

function toMemoryRatio({ usedBytes, totalBytes }: GpuReading): number | undefined {
  return usedBytes === undefined || totalBytes === undefined ? undefined : usedBytes / totalBytes
}

async function readGpus(
  machine: Pick<Machine, 'gpus'>,
  read: (gpu: GpuReading) => number | undefined,
): Promise<readonly Reading[]> {
  const gpus = await machine.gpus()
  // None is not the same as none that is hot: whoever watches one is told that it cannot be seen.
  if (gpus.length === 0) throw new NoGpuError('no tool tells of a GPU (nvidia-smi, amd-smi, rocm-smi)')
  return gpus.flatMap((gpu) => {
    const value = read(gpu)
    return value === undefined ? [] : [{ labels: { gpu: gpu.gpu, uuid: gpu.uuid, name: gpu.name }, value }]
  })
}
