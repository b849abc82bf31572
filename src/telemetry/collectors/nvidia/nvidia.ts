// NVIDIA's GPUs through the tool that comes with their driver: one process that prints all of them every few seconds. Starting it
// takes a second where nothing keeps the driver loaded, so it is not started for each look, and never for a scrape.
import type { Clock } from '../../../core/clock.ts'
import type { GpuCollector, GpuReading } from '../gpu.ts'
import type { Report } from '../report.ts'
import { createShelf } from '../shelf.ts'
import type { FindTool } from '../tools/find-tool.ts'
import type { StartTool, ToolProcess } from '../tools/tool-process.ts'
import { NVIDIA_FIELDS, parseSmiLine } from './smi-line.ts'

export interface GpuCollectorInput {
  readonly clock: Clock
  readonly everyMs: number
  readonly find: FindTool
  readonly start: StartTool
  readonly report: Report
}

export const NVIDIA_TOOL = 'nvidia-smi'
/** A driver is not installed every minute. */
const LOOK_AGAIN_MS = 600_000
const FIRST_REST_MS = 10_000
/** Loading the driver for eight GPUs takes ten seconds where none is in use. */
const LEAST_PATIENCE_MS = 20_000
/** So many times the interval without a line, and it hangs; a GPU of which none came is gone. */
const PATIENCE = 3
/** A line is some 100 characters; who sends so much between two looks prints something else. */
const MOST_CHARACTERS = 262_144
/** Of a message of the tool, for the log. */
const MOST_WORDS = 200
const MS_PER_SECOND = 1_000

export function createNvidiaCollector(input: GpuCollectorInput): GpuCollector {
  return new NvidiaCollector(input)
}

class NvidiaCollector implements GpuCollector {
  readonly ready: Promise<void>
  readonly #input: GpuCollectorInput
  readonly #gpus
  readonly #patienceMs: number
  readonly #stopTicking: () => void
  #setReady: () => void = () => undefined
  /** Until the system has let go of it: a process that cannot be killed is not followed by a second one. */
  #tool: ToolProcess | undefined
  #isLooking = false
  #isHung = false
  #isClosed = false
  #hasBrought = false
  #isSilenceTold = false
  #lineMs = 0
  #nextMs = 0
  #restMs = FIRST_REST_MS
  #part = ''
  #received = 0
  #lastWords = ''

  constructor(input: GpuCollectorInput) {
    const { clock, everyMs } = input
    this.#input = input
    this.#patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE * everyMs)
    this.#gpus = createShelf<GpuReading>(clock, this.#patienceMs)
    this.ready = new Promise((resolve) => (this.#setReady = resolve))
    this.#stopTicking = clock.every(everyMs, () => this.#tick())
    this.#tick()
  }

  readings(): readonly GpuReading[] {
    return this.#gpus.fresh()
  }

  up(): boolean | undefined {
    if (this.readings().length > 0) return true
    return this.#hasBrought || this.#isHung ? false : undefined
  }

  close(): void {
    this.#isClosed = true
    this.#stopTicking()
    this.#tool?.kill()
    this.#setReady()
  }

  #tick(): void {
    const nowMs = this.#input.clock.now()
    if (this.#tool === undefined) {
      if (nowMs >= this.#nextMs && !this.#isLooking) void this.#begin()
      return
    }
    if (nowMs - this.#lineMs > this.#patienceMs) this.#end(`nothing came for ${this.#patienceMs} ms`)
    this.#received = 0
  }

  /** It is ended; `#over` follows, perhaps never. */
  #end(reason: string): void {
    if (!this.#isHung) this.#tell('warn', 'a GPU tool hangs and was ended', reason)
    this.#isHung = true
    this.#setReady()
    this.#tool?.kill()
  }

  async #begin(): Promise<void> {
    const { clock, find, start, everyMs } = this.#input
    this.#isLooking = true
    const file = await find(NVIDIA_TOOL)
    this.#isLooking = false
    if (this.#isClosed) return
    if (file === undefined) {
      this.#nextMs = clock.now() + LOOK_AGAIN_MS
      this.#setReady()
      return
    }
    const seconds = Math.max(1, Math.round(everyMs / MS_PER_SECOND))
    const parameters = [
      `--query-gpu=${NVIDIA_FIELDS.join(',')}`,
      '--format=csv,noheader,nounits',
      `--loop=${seconds}`,
    ]
    this.#lineMs = clock.now()
    this.#part = ''
    this.#received = 0
    this.#tool = start(
      { file, parameters, clock },
      { onText: (text) => this.#read(text), onEnd: (problem) => this.#over(problem) },
    )
  }

  #read(text: string): void {
    // Of one that was ended for that.
    if (this.#received > MOST_CHARACTERS) return
    this.#received += text.length
    if (this.#received > MOST_CHARACTERS) {
      this.#end('it prints without end')
      return
    }
    const lines = (this.#part + text).split('\n')
    this.#part = lines.pop() ?? ''
    for (const line of lines) this.#take(line)
  }

  #take(line: string): void {
    const gpu = parseSmiLine(line)
    if (gpu === undefined) {
      if (line.trim() !== '') this.#lastWords = line.trim().slice(0, MOST_WORDS)
      return
    }
    this.#gpus.put(gpu.uuid === '' ? gpu.gpu : gpu.uuid, gpu)
    this.#lineMs = this.#input.clock.now()
    this.#restMs = FIRST_REST_MS
    this.#isHung = false
    this.#hasBrought = true
    if (this.#isSilenceTold) this.#tell('info', 'a GPU tool tells of GPUs again', undefined)
    this.#isSilenceTold = false
    this.#setReady()
  }

  #over(problem: string | undefined): void {
    this.#tool = undefined
    this.#setReady()
    if (this.#isClosed) return
    this.#nextMs = this.#input.clock.now() + this.#restMs
    this.#restMs = Math.min(2 * this.#restMs, LOOK_AGAIN_MS)
    const said = this.#lastWords === '' ? 'it ended by itself' : this.#lastWords
    if (!this.#isHung) this.#tell('info', 'a GPU tool brings nothing', problem ?? said)
  }

  /** Once, until it brings something again. */
  #tell(level: 'info' | 'warn', message: string, reason: string | undefined): void {
    const isBad = reason !== undefined
    if (isBad && this.#isSilenceTold) return
    this.#isSilenceTold = isBad
    const hint = isBad && this.#lastWords !== '' ? this.#lastWords : undefined
    this.#input.report(level, message, { file: NVIDIA_TOOL, reason, hint })
  }
}
