// The limits of the container, or of the service, that this process runs in: memory and CPU of control groups, version 1 and 2.
// https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html, cpuacct.html
import { parseMounts, type Mount } from './mounts.ts'
import type { ReadText } from './read-text.ts'

export interface MemoryLimit {
  readonly limitBytes: number
  readonly usedBytes: number
}

export interface CpuLimit {
  /** How many processors' worth of time it may take. */
  readonly processors: number
  /** Taken since it began. */
  readonly usedSeconds: number
}

/** The folders of this process's groups, its own first, then those around it: any of them may have a limit. */
export interface Groups {
  readonly memory: readonly string[]
  readonly cpu: readonly string[]
  readonly version: 1 | 2
}

const NO_GROUPS: Groups = { memory: [], cpu: [], version: 2 }

export async function findGroups(read: ReadText): Promise<Groups> {
  const memberships = await read('/proc/self/cgroup')
  const mountinfo = await read('/proc/self/mountinfo')
  if (memberships === undefined || mountinfo === undefined) return NO_GROUPS
  const mounts = parseMounts(mountinfo)
  const lines = memberships.split('\n').map((line) => line.split(':'))
  const levelsOf = (controller: string): readonly string[] => {
    const membership = lines.find(([, names = '']) => names.split(',').includes(controller))
    const mount = mounts.find(
      ({ kind, options }) => kind === 'cgroup' && options.split(',').includes(controller),
    )
    return membership === undefined || mount === undefined
      ? []
      : toLevels(mount, membership.slice(2).join(':'))
  }
  const [memory, cpu] = [levelsOf('memory'), levelsOf('cpu')]
  if (memory.length > 0 || cpu.length > 0) return { memory, cpu, version: 1 }
  const unified = lines.find(([id, names]) => id === '0' && names === '')
  const mount = mounts.find(({ kind }) => kind === 'cgroup2')
  if (unified === undefined || mount === undefined) return NO_GROUPS
  const levels = toLevels(mount, unified.slice(2).join(':'))
  return { memory: levels, cpu: levels, version: 2 }
}

/** Deeper than any real tree of groups. */
const MOST_LEVELS = 16

/** Inside of a container the path may be one of the machine, and the mount show only what is below it. */
function toLevels({ root, point }: Mount, path: string): readonly string[] {
  const below = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path
  const parts = below.includes('..') ? [] : below.split('/').filter((part) => part !== '')
  const levels = [point]
  for (const part of parts.slice(0, MOST_LEVELS)) levels.unshift(`${levels[0]}/${part}`)
  return levels
}

/** The tightest memory limit; undefined where none is below what the machine has. */
export async function readMemoryLimit(
  read: ReadText,
  { memory, version }: Groups,
  machineBytes: number,
): Promise<MemoryLimit | undefined> {
  const names = MEMORY_FILES[version]
  const limits = await Promise.all(
    memory.map(async (folder) => ({ folder, limitBytes: toLimit(await read(`${folder}/${names.limit}`)) })),
  )
  const [tightest] = limits
    .filter(({ limitBytes }) => limitBytes < machineBytes)
    .toSorted((a, b) => a.limitBytes - b.limitBytes)
  if (tightest === undefined) return undefined
  const { folder, limitBytes } = tightest
  const current = toLimit(await read(`${folder}/${names.current}`))
  if (!Number.isFinite(current)) return undefined
  const stat = (await read(`${folder}/memory.stat`)) ?? ''
  const inactive = Number(new RegExp(`^${names.inactive} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0)
  // As Kubernetes counts: copies of files that nobody looked at lately are given up before anything has to die.
  return { limitBytes, usedBytes: Math.max(0, current - inactive) }
}

const MEMORY_FILES = {
  1: { limit: 'memory.limit_in_bytes', current: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  2: { limit: 'memory.max', current: 'memory.current', inactive: 'inactive_file' },
} as const

/** `max`, or nothing, is no limit. */
function toLimit(text: string | undefined): number {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : Infinity
}

/** The tightest limit of CPU time; undefined where none is below what the machine has. */
export async function readCpuLimit(
  read: ReadText,
  { cpu, version }: Groups,
  machineProcessors: number,
): Promise<CpuLimit | undefined> {
  const quotas = await Promise.all(
    cpu.map(async (folder) => ({ folder, processors: await readQuota(read, folder, version) })),
  )
  const [tightest] = quotas
    .filter(({ processors }) => processors < machineProcessors)
    .toSorted((a, b) => a.processors - b.processors)
  if (tightest === undefined) return undefined
  const { folder, processors } = tightest
  const usedSeconds = await readUsedSeconds(read, folder, version)
  return usedSeconds === undefined ? undefined : { processors, usedSeconds }
}

async function readQuota(read: ReadText, folder: string, version: 1 | 2): Promise<number> {
  const [quota, period] =
    version === 2
      ? ((await read(`${folder}/cpu.max`)) ?? '').trim().split(' ')
      : [await read(`${folder}/cpu.cfs_quota_us`), await read(`${folder}/cpu.cfs_period_us`)]
  const processors = toLimit(quota) / toLimit(period)
  return processors > 0 ? processors : Infinity
}

const MICROS_PER_SECOND = 1e6
const NANOS_PER_SECOND = 1e9

async function readUsedSeconds(read: ReadText, folder: string, version: 1 | 2): Promise<number | undefined> {
  if (version === 1) {
    const nanos = toLimit(await read(`${folder}/cpuacct.usage`))
    return Number.isFinite(nanos) ? nanos / NANOS_PER_SECOND : undefined
  }
  const micros = /^usage_usec (\d+)$/m.exec((await read(`${folder}/cpu.stat`)) ?? '')?.[1]
  return micros === undefined ? undefined : Number(micros) / MICROS_PER_SECOND
}
