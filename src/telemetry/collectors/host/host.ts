// The machine, or the container, that this process runs in: memory, CPU and disks, read on a tick of its own and never for a
// scrape. Decides what counts as used; how each file is read stands beside it.
import { existsSync } from 'node:fs'
import { realpath, statfs } from 'node:fs/promises'
import { availableMemory, constrainedMemory } from 'node:process'
import { totalmem } from 'node:os'
import path from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { HOST_METRICS } from '../../catalogue/hosts.ts'
import { toSampledFamily, type SampledFamily } from '../../exposition.ts'
import { createShelf, type Shelf } from '../shelf.ts'
import { findGroups, readCpuLimit, readMemoryLimit, type Groups } from './cgroup.ts'
import { readCpuTime } from './cpu-time.ts'
import { chooseDisks, MOST_DISKS, parseMounts } from './mounts.ts'
import { readSystemText, type ReadText } from './read-text.ts'

export interface HostReading {
  /** Undefined, each, while it is not known. */
  readonly memoryRatio: number | undefined
  readonly cpuRatio: number | undefined
  readonly disks: readonly DiskReading[]
}

export interface DiskReading {
  readonly mount: string
  readonly usedRatio: number
}

export interface HostCollector {
  reading(): HostReading
  up(): boolean
  /** Resolves when everything was tried once; never rejects. */
  readonly ready: Promise<void>
  close(): void
}

export interface HostInput {
  readonly clock: Clock
  readonly everyMs: number
  readonly dataDir: string
  readonly system?: HostSystem
}

/** What is asked of the system; replaced in tests. */
export interface HostSystem {
  readonly read: ReadText
  /** `bavail` leaves out what is kept for root. */
  readonly statfs: (point: string) => Promise<{ readonly blocks: number; readonly bavail: number }>
  /** Where a folder really is, or the nearest one around it that there is. */
  readonly toRealFolder: (folder: string) => Promise<string>
}

/** Lines of exposition set aside for this machine. */
export const HOST_LINES = 2 + MOST_DISKS

const SYSTEM: HostSystem = { read: readSystemText, statfs: (point) => statfs(point), toRealFolder }

/** A value is shown until so many looks have failed. */
const PATIENCE = 3
/** Disks come and go, and limits are found anew, at every twelfth look. */
const SURVEY_EVERY = 12
/** A share of CPU over less says little: the system counts in hundredths of a second. */
const LEAST_CPU_SPAN_MS = 500
/** The first share of CPU is there after so long rather than after a whole interval. */
const SECOND_LOOK_MS = 1_000
/** A disk that does not answer is not waited for. */
const READY_AFTER_MS = 1_000

export function createHostCollector({ clock, everyMs, dataDir, system = SYSTEM }: HostInput): HostCollector {
  const keepMs = PATIENCE * everyMs
  const ratios = createShelf<number>(clock, keepMs)
  const disks = createDisks(createShelf<DiskReading>(clock, keepMs), system)
  const readCpu = createCpuReader(system.read, clock)
  let survey: { readonly groups: Groups; readonly mounts: readonly string[] } | undefined
  let asking: Promise<unknown> = Promise.resolve()
  let looks = 0
  let isLooking = false

  const put = (key: string, ratio: number | undefined): void => {
    if (ratio !== undefined && Number.isFinite(ratio)) ratios.put(key, toRatio(ratio))
  }
  const look = async (): Promise<void> => {
    // What the system has not answered yet is not asked again.
    if (isLooking) return
    isLooking = true
    try {
      if (survey === undefined || looks % SURVEY_EVERY === 0) survey = await readSurvey(system, dataDir)
      looks += 1
      const { groups, mounts } = survey
      // Not waited for: a network that the data folder is on may never answer.
      asking = Promise.all(mounts.map(disks.look))
      put('memory', await readMemoryRatio(system.read, groups))
      put('cpu', await readCpu(groups))
    } catch {
      // What cannot be read has no value, and is tried again.
    } finally {
      isLooking = false
    }
  }

  const stops = [clock.every(everyMs, () => void look()), clock.after(SECOND_LOOK_MS, () => void look())]
  const ready = new Promise<void>((resolve) => {
    stops.push(clock.after(READY_AFTER_MS, resolve))
    void look()
      .then(() => asking)
      .then(() => resolve())
  })
  return {
    ready,
    reading: () => ({ memoryRatio: ratios.get('memory'), cpuRatio: ratios.get('cpu'), disks: disks.fresh() }),
    up: () => ratios.get('memory') !== undefined,
    close: () => stops.forEach((stop) => stop()),
  }
}

interface Disks {
  /** Resolves when it has answered. A disk that has not is not asked a second time: each such question holds a thread. */
  readonly look: (mount: string) => Promise<void>
  fresh(): readonly DiskReading[]
}

function createDisks(shelf: Shelf<DiskReading>, system: HostSystem): Disks {
  const asked = new Set<string>()
  return {
    fresh: () => shelf.fresh(),
    look: async (mount) => {
      if (asked.has(mount)) return
      asked.add(mount)
      try {
        const { blocks, bavail } = await system.statfs(mount)
        if (blocks > 0) shelf.put(mount, { mount, usedRatio: toRatio(1 - bavail / blocks) })
      } catch {
        shelf.remove(mount)
      } finally {
        asked.delete(mount)
      }
    },
  }
}

function toRatio(value: number): number {
  return Math.min(1, Math.max(0, value))
}

async function readSurvey({ read, toRealFolder: toReal }: HostSystem, dataDir: string) {
  const [groups, mountinfo] = [await findGroups(read), await read('/proc/self/mountinfo')]
  return { groups, mounts: chooseDisks(await toReal(dataDir), parseMounts(mountinfo ?? '')) }
}

/** The data folder is made at the start, and may be a link. */
async function toRealFolder(folder: string): Promise<string> {
  const absolute = path.resolve(folder)
  const there = existsSync(absolute) ? absolute : path.dirname(absolute)
  return there === absolute || existsSync(there) ? realpath(there) : toRealFolder(there)
}

/** What a program could still get counts as free. */
async function readMemoryRatio(read: ReadText, groups: Groups): Promise<number> {
  const meminfo = (await read('/proc/meminfo')) ?? ''
  const totalBytes = toBytes(meminfo, 'MemTotal') ?? totalmem()
  const limit = await readMemoryLimit(read, groups, totalBytes)
  if (limit !== undefined) return limit.usedBytes / limit.limitBytes
  const available = toBytes(meminfo, 'MemAvailable')
  if (available !== undefined) return 1 - available / totalBytes
  const constrained = constrainedMemory()
  return 1 - availableMemory() / (constrained > 0 ? Math.min(constrained, totalBytes) : totalBytes)
}

const BYTES_PER_KIB = 1_024

function toBytes(meminfo: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1]
  return kib === undefined ? undefined : Number(kib) * BYTES_PER_KIB
}

interface CpuLook {
  readonly atMs: number
  readonly busy: number
  readonly total: number
  readonly limited: { readonly processors: number; readonly usedSeconds: number } | undefined
}

/** The share since it was read last; nothing the first time. */
function createCpuReader(read: ReadText, clock: Clock): (groups: Groups) => Promise<number | undefined> {
  let last: CpuLook | undefined
  return async (groups) => {
    const { processors, busy, total } = await readCpuTime(read)
    const limited = await readCpuLimit(read, groups, processors)
    const now: CpuLook = { atMs: clock.now(), busy, total, limited }
    const before = last
    if (before !== undefined && now.atMs - before.atMs < LEAST_CPU_SPAN_MS) return undefined
    last = now
    return before === undefined ? undefined : toShare(before, now)
  }
}

const MS_PER_SECOND = 1_000

function toShare(before: CpuLook, now: CpuLook): number | undefined {
  if (now.limited !== undefined && before.limited !== undefined) {
    const seconds = ((now.atMs - before.atMs) / MS_PER_SECOND) * now.limited.processors
    return (now.limited.usedSeconds - before.limited.usedSeconds) / seconds
  }
  const total = now.total - before.total
  return total > 0 ? (now.busy - before.busy) / total : undefined
}

export function toHostFamilies({ memoryRatio, cpuRatio, disks }: HostReading): readonly SampledFamily[] {
  const toOne = (value: number | undefined) => (value === undefined ? [] : [[[], value] as const])
  return [
    toSampledFamily(HOST_METRICS.hostMemory, toOne(memoryRatio)),
    toSampledFamily(HOST_METRICS.hostCpu, toOne(cpuRatio)),
    toSampledFamily(
      HOST_METRICS.hostDisk,
      disks.map(({ mount, usedRatio }) => [[mount], usedRatio] as const),
    ),
  ]
}
