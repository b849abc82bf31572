// Where log lines go: a file descriptor, written in the background. It never throws, never waits for a reader that does not
// read, and holds a bounded amount; what it cannot write is counted. It knows nothing of what a line says.
//
// Why not pino.destination: sonic-boom 4's flushSync tries for ever on any error that is not EAGAIN (a full disk would
// keep a stopping process from ending), and its "error" event ends a process that has not subscribed.
import { fstatSync, write as writeFile, writeSync } from 'node:fs'
import type { Clock } from '../core/clock.ts'

export interface LogOutput {
  /** Takes whole lines, each with its newline. */
  readonly write: (lines: string | Buffer) => void
  /** Resolves when everything taken so far is written or given up. */
  readonly flush: () => Promise<void>
  /** For the moment before a process ends, when nothing can be waited for. Gives up after three seconds of a full pipe that nobody reads. */
  readonly flushSync: () => void
  /** Lines that were given up. */
  readonly dropped: () => number
}

/** The part of node:fs that is used, replaced in tests. */
export interface LogFile {
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void
  writeSync(bytes: Buffer): number
  /** Stops this thread: only for the moment in which nothing else can run any more. */
  pause(ms: number): void
}

export type LogDropReason = 'overflow' | 'failed'

export interface LogOutputOptions {
  readonly file: LogFile
  readonly clock: Clock
  readonly onDropped?: (lines: number, reason: LogDropReason) => void
}

/** A minute of lines at 500 requests a second: longer than a log shipper takes to restart, and small beside the heap. */
const MOST_PENDING_BYTES = 16 * 1024 * 1024
/** A full pipe is tried again after this long: 64 KiB at a time, that is six megabytes a second. */
const RETRY_DELAY_MS = 10
/** At the end of the process: three seconds in which nothing is read, ten in all. */
const MOST_SYNC_RETRIES = 300
const MOST_SYNC_RETRIES_IN_ALL = 1_000
const NEWLINE = 0x0a
const STDOUT_FD = 1
const STDERR_FD = 2

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code
}

function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EAGAIN' || code === 'EBUSY'
}

/** The reader is gone for good: a closed pipe does not open again. */
function isClosed(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EPIPE' || code === 'EBADF'
}

/** A newline at the beginning ends a line that was written before, whole or cut off and counted then. */
function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE, 1); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

/** Opens a descriptor that the process has already, such as standard output. */
export function openLogFile(fd: number): LogFile {
  // Node puts a pipe into non-blocking mode when it opens it as a stream. Without that, a reader that has stopped reading
  // holds a thread of the pool for ever, and the process with it when it wants to end.
  if (fd === STDOUT_FD) void process.stdout.writable
  if (fd === STDERR_FD) void process.stderr.writable
  return {
    write: isNonBlocking(fd)
      ? (bytes, done) => writeAtOnce(fd, bytes, done)
      : (bytes, done) => writeFile(fd, bytes, done),
    writeSync: (bytes) => writeSync(fd, bytes),
    pause: (ms) =>
      void Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms),
  }
}

/** Pipes and sockets, in the mode that opening them as a stream has given them; on a file a write may wait for the disk. */
function isNonBlocking(fd: number): boolean {
  if (fd !== STDOUT_FD && fd !== STDERR_FD) return false
  const kind = fstatSync(fd)
  return kind.isFIFO() || kind.isSocket()
}

/**
 * In a thread of the pool, a write that takes only a part would be unknown to a process that ends meanwhile: it would go on
 * with the next line. Here it cannot be interrupted, and a reader that does not read costs no more than an EAGAIN.
 */
function writeAtOnce(fd: number, bytes: Buffer, done: Parameters<LogFile['write']>[1]): void {
  let written: number
  try {
    written = writeSync(fd, bytes)
  } catch (thrown) {
    done(thrown as NodeJS.ErrnoException, 0)
    return
  }
  done(null, written)
}

export function createLogOutput(options: LogOutputOptions): LogOutput {
  const writer = new BackgroundWriter(options)
  return {
    write: (lines) => writer.write(lines),
    flush: () => writer.flush(),
    flushSync: () => writer.flushSync(),
    dropped: () => writer.dropped,
  }
}

class BackgroundWriter {
  readonly #options: LogOutputOptions
  #pending: Buffer[] = []
  #pendingBytes = 0
  /** What is being written, less what has been. */
  #current: Buffer | undefined = undefined
  /** The system has `current` in its hands; false while it waits for another try. */
  #isWriting = false
  /** The last bytes that came through were not the end of a line. */
  #isMidLine = false
  #isBroken = false
  #waiting: (() => void)[] = []
  dropped = 0

  constructor(options: LogOutputOptions) {
    this.#options = options
  }

  write(lines: string | Buffer): void {
    const bytes = typeof lines === 'string' ? Buffer.from(lines) : lines
    if (this.#isBroken) return this.#drop(bytes, 'failed')
    if (this.#pendingBytes + bytes.length > MOST_PENDING_BYTES) return this.#drop(bytes, 'overflow')
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.#current === undefined) this.#next()
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#current === undefined && this.#pending.length === 0) resolve()
      else this.#waiting.push(resolve)
    })
  }

  flushSync(): void {
    // What the system has in its hands is finished by its own threads, even while the process ends.
    let rest = this.#isWriting ? undefined : this.#current
    if (!this.#isWriting) this.#current = undefined
    let retries = 0
    let retriesInAll = 0
    for (let bytes = rest ?? this.#take(); bytes !== undefined; bytes = rest ?? this.#take()) {
      try {
        rest = this.#advance(bytes, this.#options.file.writeSync(bytes))
        retries = 0
      } catch (error) {
        rest = undefined
        if (isBusy(error) && retries < MOST_SYNC_RETRIES && retriesInAll < MOST_SYNC_RETRIES_IN_ALL) {
          retries += 1
          retriesInAll += 1
          rest = bytes
          this.#options.file.pause(RETRY_DELAY_MS)
        } else this.#giveUp(bytes, error)
      }
    }
  }

  /** Writes what there is, until there is nothing; then lets those go who wait for it. */
  #next(): void {
    this.#current ??= this.#take()
    if (this.#current === undefined) {
      for (const resolve of this.#waiting) resolve()
      this.#waiting = []
      return
    }
    this.#isWriting = true
    this.#options.file.write(this.#current, (error, written) => this.#done(error, written))
  }

  #done(error: NodeJS.ErrnoException | null, written: number): void {
    this.#isWriting = false
    const bytes = this.#current
    if (bytes === undefined) return
    if (isBusy(error)) {
      this.#options.clock.after(RETRY_DELAY_MS, () => {
        if (!this.#isWriting) this.#next()
      })
      return
    }
    if (error === null) this.#current = this.#advance(bytes, written)
    else {
      this.#current = undefined
      this.#giveUp(bytes, error)
    }
    this.#next()
  }

  #take(): Buffer | undefined {
    if (this.#pending.length === 0) return undefined
    // A line that was cut off by a full disk must not run into the next one.
    if (this.#isMidLine) this.#pending.unshift(Buffer.from('\n'))
    const [first] = this.#pending
    const bytes = this.#pending.length === 1 && first !== undefined ? first : Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    return bytes
  }

  #advance(bytes: Buffer, written: number): Buffer | undefined {
    if (written > 0) this.#isMidLine = bytes[written - 1] !== NEWLINE
    return written < bytes.length ? bytes.subarray(written) : undefined
  }

  #giveUp(bytes: Buffer, error: unknown): void {
    this.#drop(bytes, 'failed')
    if (!isClosed(error)) return
    this.#isBroken = true
    const rest = this.#take()
    if (rest !== undefined) this.#drop(rest, 'failed')
  }

  #drop(bytes: Buffer, reason: LogDropReason): void {
    const lines = countLines(bytes)
    this.dropped += lines
    if (lines > 0) this.#options.onDropped?.(lines, reason)
  }
}
