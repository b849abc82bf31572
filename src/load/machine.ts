// The machine a load came from: two baselines of different ones are not the same measurement.
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import process from 'node:process'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly os: string
  readonly node: string
}

export function readMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    // In a container, what it may use.
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  }
}
