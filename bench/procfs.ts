// What Linux says about a process from outside: CPU time of all its threads, memory, children, allowed cores. Reads /proc, nothing else.
import { existsSync, readFileSync, readdirSync } from 'node:fs'

/** USER_HZ, the unit of /proc/PID/stat: 100 on every architecture Linux and Node share (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100
const MICROS_PER_TICK = 1_000_000 / TICKS_PER_SECOND
const BYTES_PER_KIB = 1_024
const NANOS_PER_MICRO = 1_000
const SHOWN_CHARACTERS = 80
/** What Weir calls the threads that write and read records. */
export const STORE_THREAD = 'records'

export interface ProcessStat {
  readonly parent: number
  /** User and system time of all threads, living and ended. */
  readonly cpuMicros: number
}

/** proc(5): the second field is the program's name in brackets and may itself hold brackets and spaces. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number)
  if (parent === undefined || user === undefined || system === undefined || Number.isNaN(user + system)) {
    throw new Error(`not a line of /proc/PID/stat: ${text.slice(0, SHOWN_CHARACTERS)}`)
  }
  return { parent, cpuMicros: (user + system) * MICROS_PER_TICK }
}

/** `VmRSS` of /proc/PID/status in bytes. */
export function parseResident(text: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]
  if (kib === undefined) throw new Error('no VmRSS in /proc/PID/status')
  return Number(kib) * BYTES_PER_KIB
}

/** `0-3,8` -> [0, 1, 2, 3, 8]. */
export function parseCoreList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .flatMap((part) => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part)
      if (match === null) throw new Error(`not a list of cores: "${text}"`)
      const first = Number(match[1])
      const last = Number(match[2] ?? match[1])
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
}

export function readCpuMicros(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) sum += parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).cpuMicros
  return sum
}

/** Of the threads of a process that have this name, as it shows in /proc/PID/task/TID/comm. */
export function readThreadMicros(pids: readonly number[], name: string): number {
  let sum = 0
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      try {
        const folder = `/proc/${pid}/task/${thread}`
        if (readFileSync(`${folder}/comm`, 'latin1').trim() === name) sum += readOneThread(folder)
      } catch {
        // It ended between the listing and the reading.
      }
    }
  }
  return sum
}

/** By the scheduler's own count, in nanoseconds; by ticks where the kernel keeps none (CONFIG_SCHED_INFO). */
function readOneThread(folder: string): number {
  if (!existsSync(`${folder}/schedstat`)) return parseStat(readFileSync(`${folder}/stat`, 'latin1')).cpuMicros
  return parseSchedstat(readFileSync(`${folder}/schedstat`, 'latin1'))
}

/** The first of three numbers: nanoseconds on a processor (Documentation/scheduler/sched-stats.rst of Linux). */
export function parseSchedstat(text: string): number {
  const nanos = /^(\d+) /.exec(text)?.[1]
  if (nanos === undefined) throw new Error(`not a line of schedstat: ${text.slice(0, SHOWN_CHARACTERS)}`)
  return Number(nanos) / NANOS_PER_MICRO
}

export function readResidentBytes(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) sum += parseResident(readFileSync(`/proc/${pid}/status`, 'latin1'))
  return sum
}

/** The process and all below it: a proxy may be a master with workers. */
export function readFamily(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      parents.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'latin1')).parent)
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const family = [root]
  for (const member of family) {
    for (const [pid, parent] of parents) if (parent === member) family.push(pid)
  }
  return family
}

export function readAllowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  return list === undefined ? [] : parseCoreList(list)
}
