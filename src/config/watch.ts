// Notices when the content of configuration files changes, whatever way it was replaced: written in place, renamed over by an
// editor, swapped by a symlink as Kubernetes does. It reads to compare and does not interpret.
import { hash } from 'node:crypto'
import { watch as watchDirectory } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CancelTimer, Clock } from '../core/clock.ts'

/** By absolute path. A file that was not there has none. */
export type Digests = ReadonlyMap<string, string>

export function digestOf(content: Buffer | string): string {
  return hash('sha256', content, 'hex')
}

export interface WatchOptions {
  /** Absolute paths. One that does not exist yet counts as a change when it comes. */
  readonly files: readonly string[]
  /** What stood in each of them when they were read; without it, what stands there now is taken for read. */
  readonly digests?: Digests | undefined
  readonly clock: Clock
  /** Called once for each new content, never for a mere touch. */
  readonly onChange: () => void
  /** Calls back whenever something happens in a directory; the system's own notification unless a test brings another. */
  readonly observe?: Observe
}

/** Returns how to stop observing. May throw: then only the slow look is left. */
export type Observe = (directory: string, onEvent: () => void) => () => void

export interface ConfigWatcher {
  /** Takes what the files hold now for known: it is about to be read for another reason. */
  noteRead(): Promise<void>
  close(): void
  /** Resolves when no look is under way; for tests and for an orderly stop. */
  settled(): Promise<void>
}

/** An editor writes a file in several steps; half a second is quick for a person and slow for a disk. */
const DEBOUNCE_MS = 500
/** Network file systems, bind mounts and symlinks into other directories send no events. The files are a few KiB. */
const SLOW_LOOK_MS = 10_000

export function createConfigWatcher(options: WatchOptions): ConfigWatcher {
  const { files, digests, clock, onChange, observe = observeDirectory } = options
  let known = digests && toFingerprint(files.map((file) => digests.get(file) ?? digestOf('')))
  /** Seen once; believed when it is seen again, so that half a file is never reported. */
  let candidate: string | undefined
  let cancelLook: CancelTimer | undefined
  let closed = false
  let looking: Promise<void> = Promise.resolve()

  const lookSoon = (): void => {
    cancelLook?.()
    cancelLook = clock.after(DEBOUNCE_MS, () => enqueue(look))
  }
  const enqueue = (step: () => Promise<void>): void => {
    looking = looking.then(() => (closed ? undefined : step()))
  }
  const look = async (): Promise<void> => {
    const seen = await fingerprint(files)
    if (closed || seen === known) {
      candidate = undefined
      return
    }
    if (seen === candidate) {
      known = seen
      candidate = undefined
      onChange()
      return
    }
    candidate = seen
    lookSoon()
  }
  const note = async (): Promise<void> => {
    known = await fingerprint(files)
    candidate = undefined
  }
  enqueue(known === undefined ? note : look)
  const stops = observeAll(files, observe, lookSoon)
  const cancelSlow = clock.every(SLOW_LOOK_MS, () => enqueue(look))
  return {
    noteRead() {
      enqueue(note)
      return looking
    },
    close() {
      closed = true
      cancelLook?.()
      cancelSlow()
      for (const stop of stops) stop()
    },
    settled: () => looking,
  }
}

function observeAll(
  files: readonly string[],
  observe: Observe,
  onEvent: () => void,
): readonly (() => void)[] {
  const stops: (() => void)[] = []
  for (const directory of new Set(files.map((file) => dirname(file)))) {
    try {
      stops.push(observe(directory, onEvent))
    } catch {
      // No directory, or no more notifications to be had (ENOSPC): the slow look finds the change all the same.
    }
  }
  return stops
}

const observeDirectory: Observe = (directory, onEvent) => {
  // The directory, not the file: a file that is renamed over takes its own watch with it.
  const watcher = watchDirectory(directory, { persistent: false }, () => onEvent())
  watcher.on('error', () => watcher.close())
  return () => watcher.close()
}

/** What stands in the files. A file that cannot be read has no content: that it is gone is a change as well. */
async function fingerprint(files: readonly string[]): Promise<string> {
  return toFingerprint(await Promise.all(files.map(async (file) => digestOf(await readOrNothing(file)))))
}

function toFingerprint(digests: readonly string[]): string {
  return digests.join(' ')
}

async function readOrNothing(file: string): Promise<Buffer | string> {
  try {
    return await readFile(file)
  } catch {
    return ''
  }
}
