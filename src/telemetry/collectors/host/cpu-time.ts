// How much time the processors of this machine have spent, in all and on work. Reads; keeps nothing.
import { cpus } from 'node:os'
import type { ReadText } from './read-text.ts'

export interface CpuTime {
  readonly processors: number
  /** In whichever unit the system counts; only shares of differences mean something. */
  readonly busy: number
  readonly total: number
}

export async function readCpuTime(read: ReadText): Promise<CpuTime> {
  const stat = await read('/proc/stat')
  const parsed = stat === undefined ? undefined : parseCpuTime(stat, await readAllowed(read))
  return parsed ?? toCpuTime(cpus().map(({ times }) => times))
}

/** The processors this process may run on; undefined where that is not told. */
async function readAllowed(read: ReadText): Promise<ReadonlySet<number> | undefined> {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec((await read('/proc/self/status')) ?? '')?.[1]
  return list === undefined ? undefined : new Set(list.split(',').flatMap(toRange))
}

function toRange(text: string): readonly number[] {
  const [first = 0, last = first] = text.split('-').map(Number)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
}

/** user nice system idle iowait irq softirq steal; what guests take is in user already. Stolen time is not there to be used. */
const PARTS = 8
const IDLE = 3
const IO_WAIT = 4

/** /proc/stat: proc_stat(5). Undefined when no processor is told of. */
export function parseCpuTime(stat: string, allowed: ReadonlySet<number> | undefined): CpuTime | undefined {
  let processors = 0
  let busy = 0
  let total = 0
  for (const line of stat.split('\n')) {
    const match = /^cpu(\d+) (.*)$/.exec(line)
    if (match === null || allowed?.has(Number(match[1])) === false) continue
    const times = (match[2] ?? '').trim().split(/\s+/).map(Number).slice(0, PARTS)
    const all = times.reduce((sum, time) => sum + time, 0)
    processors += 1
    total += all
    busy += all - (times[IDLE] ?? 0) - (times[IO_WAIT] ?? 0)
  }
  return processors === 0 ? undefined : { processors, busy, total }
}

interface Times {
  readonly user: number
  readonly nice: number
  readonly sys: number
  readonly idle: number
  readonly irq: number
}

function toCpuTime(times: readonly Times[]): CpuTime {
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
  return { processors: times.length, busy, total: times.reduce((sum, { idle }) => sum + idle, busy) }
}
