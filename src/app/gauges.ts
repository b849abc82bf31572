// Reads the machine this process runs on, for threshold rules: memory, CPU and disk from the system, GPUs from the tool that comes
// with NVIDIA's driver. Only what a rule asks for is read, and only when it is asked for.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { GaugeName } from '../slo/threshold-rule.ts'
import type { Reading } from '../slo/thresholds/gauge-means.ts'
import { parseGpus, type GpuReading } from './gpu-text.ts'

export type ReadGauge = (gauge: GaugeName) => Promise<readonly Reading[]>

export function createGaugeReader(dataDir: string): ReadGauge {
  const readCpu = createCpuReader()
  return async (gauge) => {
    switch (gauge) {
      case 'hostMemory':
        return [{ labels: {}, value: readMemory() }]
      case 'hostCpu':
        return readCpu().map((value) => ({ labels: {}, value }))
      case 'hostDisk':
        return [{ labels: {}, value: await readDisk(dataDir) }]
      case 'gpuMemory':
        return readGpus(({ memoryRatio }) => memoryRatio)
      case 'gpuUtilization':
        return readGpus(({ utilizationRatio }) => utilizationRatio)
      case 'gpuTemperature':
        return readGpus(({ celsius }) => celsius)
    }
  }
}

/** What a program could still get counts as free: memory that holds copies of files does not count as used. */
function readMemory(): number {
  const limit = process.constrainedMemory()
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return Math.min(1, Math.max(0, 1 - process.availableMemory() / total))
}

/** The share since it was read last; nothing the first time. */
function createCpuReader(): () => readonly number[] {
  let last = sumCpus()
  let isFirst = true
  return () => {
    const now = sumCpus()
    const total = now.total - last.total
    const busy = now.busy - last.busy
    const isTooEarly = isFirst || total <= 0
    last = now
    isFirst = false
    return isTooEarly ? [] : [busy / total]
  }
}

function sumCpus(): { readonly busy: number; readonly total: number } {
  let idle = 0
  let total = 0
  for (const { times } of cpus().slice(0, Math.max(1, availableParallelism()))) {
    idle += times.idle
    total += times.idle + times.user + times.nice + times.sys + times.irq
  }
  return { busy: total - idle, total }
}

/** Of the disk that the data folder is on. What is kept for root is not free for us. */
async function readDisk(dataDir: string): Promise<number> {
  const { blocks, bavail } = await statfs(existsSync(dataDir) ? dataDir : '.')
  return blocks === 0 ? 0 : 1 - bavail / blocks
}

const run = promisify(execFile)
const GPU_TOOL = 'nvidia-smi'
const GPU_FIELDS = 'index,uuid,name,memory.used,memory.total,utilization.gpu,temperature.gpu'
const GPU_LIMIT_MS = 4_000

async function readGpus(read: (gpu: GpuReading) => number | undefined): Promise<readonly Reading[]> {
  const parameters = [`--query-gpu=${GPU_FIELDS}`, '--format=csv,noheader,nounits']
  const { stdout } = await run(GPU_TOOL, parameters, { timeout: GPU_LIMIT_MS })
  return parseGpus(stdout).flatMap((gpu) => {
    const value = read(gpu)
    const { index, uuid, name } = gpu
    return value === undefined ? [] : [{ labels: { gpu: index, uuid, name }, value }]
  })
}
