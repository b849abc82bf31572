// AMD's GPUs through amd-smi, or rocm-smi where only that is there: asked now and then, one process at a time, never for a scrape.
import type { GpuCollector, GpuReading } from '../gpu.ts'
import type { GpuCollectorInput } from '../nvidia/nvidia.ts'
import { createShelf } from '../shelf.ts'
import { askTool, type ToolAnswer } from '../tools/ask-tool.ts'
import { AMD_SMI_IDENTITY, AMD_SMI_METRIC, parseAmdIdentities, parseAmdSmi } from './amd-smi.ts'
import { parseRocmSmi, ROCM_SMI_PARAMETERS } from './rocm-smi.ts'

/** Both are Python programs that take half a second of CPU for each look. */
const LEAST_INTERVAL_MS = 15_000
const TIMEOUT_MS = 10_000
/** A driver is not installed every minute. */
const LOOK_AGAIN_MS = 600_000
const PATIENCE = 3

/** The better one first. */
export const AMD_TOOLS = ['amd-smi', 'rocm-smi'] as const

interface AmdTool {
  readonly name: string
  read(ask: Ask): Promise<ToolResult>
}

type Ask = (parameters: readonly string[]) => Promise<ToolAnswer>
type ToolResult = { readonly gpus: readonly GpuReading[]; readonly problem: string | undefined }

export function createAmdCollector(input: GpuCollectorInput): GpuCollector {
  return new AmdCollector(input)
}

class AmdCollector implements GpuCollector {
  readonly ready: Promise<void>
  readonly #input: GpuCollectorInput
  readonly #everyMs: number
  readonly #gpus
  readonly #stopTicking: () => void
  /** The better one first. */
  readonly #tools: readonly AmdTool[] = [createAmdSmi(), ROCM_SMI]
  #setReady: () => void = () => undefined
  #isAsking = false
  #isHung = false
  #isClosed = false
  #hasBrought = false
  #isTold = false
  #nextMs = 0
  #restMs: number

  constructor(input: GpuCollectorInput) {
    const { clock, everyMs } = input
    this.#input = input
    this.#everyMs = Math.max(LEAST_INTERVAL_MS, everyMs)
    this.#restMs = this.#everyMs
    this.#gpus = createShelf<GpuReading>(clock, PATIENCE * this.#everyMs)
    this.ready = new Promise((resolve) => (this.#setReady = resolve))
    this.#stopTicking = clock.every(everyMs, () => void this.#tick())
    void this.#tick()
  }

  readings(): readonly GpuReading[] {
    return this.#gpus.fresh()
  }

  up(): boolean | undefined {
    if (this.readings().length > 0) return true
    return this.#hasBrought || this.#isHung ? false : undefined
  }

  /** What is under way is bounded, and ends by itself. */
  close(): void {
    this.#isClosed = true
    this.#stopTicking()
    this.#setReady()
  }

  async #tick(): Promise<void> {
    const { clock } = this.#input
    if (this.#isAsking || clock.now() < this.#nextMs) return
    this.#isAsking = true
    const found = await this.#look()
    this.#isAsking = false
    if (!this.#isClosed) this.#nextMs = clock.now() + (found ?? LOOK_AGAIN_MS)
    this.#setReady()
  }

  /** Returns how long to wait for the next time; undefined where there is no tool. */
  async #look(): Promise<number | undefined> {
    let problem: string | undefined
    let isThere = false
    for (const tool of this.#tools) {
      const file = await this.#input.find(tool.name)
      if (file === undefined || this.#isClosed) continue
      isThere = true
      const result = await tool.read((parameters) => this.#ask(file, parameters))
      if (result.gpus.length > 0) {
        this.#take(result.gpus)
        return this.#everyMs
      }
      problem ??= result.problem ?? 'it tells of no GPU'
      // The other one would ask the same driver, and hang by it too.
      if (this.#isHung) break
    }
    if (!isThere) return undefined
    this.#tellNothing(problem)
    this.#restMs = Math.min(2 * this.#restMs, LOOK_AGAIN_MS)
    return this.#restMs
  }

  #ask(file: string, parameters: readonly string[]): Promise<ToolAnswer> {
    const { clock, start } = this.#input
    const onHung = (): void => {
      this.#isHung = true
      this.#setReady()
    }
    return askTool({ file, parameters, clock }, { start, timeoutMs: TIMEOUT_MS, onHung })
  }

  #take(gpus: readonly GpuReading[]): void {
    for (const gpu of gpus) this.#gpus.put(gpu.uuid === '' ? gpu.gpu : gpu.uuid, gpu)
    this.#hasBrought = true
    this.#isHung = false
    this.#isTold = false
    this.#restMs = this.#everyMs
  }

  /** Once, until it brings something again. */
  #tellNothing(reason: string | undefined): void {
    if (this.#isTold) return
    this.#isTold = true
    const level = this.#isHung ? 'warn' : 'info'
    this.#input.report(level, 'a GPU tool brings nothing', { file: AMD_TOOLS.join(', '), reason })
  }
}

const ROCM_SMI: AmdTool = {
  name: AMD_TOOLS[1],
  async read(ask) {
    const answer = await ask(ROCM_SMI_PARAMETERS)
    return answer.ok ? { gpus: parseRocmSmi(answer.text), problem: undefined } : toNothing(answer)
  },
}

/** It is asked once who is who. */
function createAmdSmi(): AmdTool {
  let identities: ReturnType<typeof parseAmdIdentities> | undefined
  return {
    name: AMD_TOOLS[0],
    async read(ask) {
      const answer = await ask(AMD_SMI_METRIC)
      if (!answer.ok) return toNothing(answer)
      if (identities === undefined) {
        const texts: string[] = []
        for (const parameters of AMD_SMI_IDENTITY) {
          const told = await ask(parameters)
          if (told.ok) texts.push(told.text)
        }
        identities = parseAmdIdentities(texts)
      }
      return { gpus: parseAmdSmi(answer.text, identities), problem: undefined }
    },
  }
}

function toNothing({ problem }: { readonly problem: string }): ToolResult {
  return { gpus: [], problem }
}
