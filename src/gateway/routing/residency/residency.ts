// Which models an Ollama has in memory, as `/api/ps` and passing tokens tell. Pure bookkeeping; nothing is asked here. Per process.
import type { ModelInMemory } from '../../../core/live.ts'

/** A model as `/api/ps` lists it. */
export interface RunningModel {
  readonly name: string
  readonly bytes: number
  /** The part that is in the memory of a GPU. */
  readonly vramBytes: number
  /** When it is unloaded unless somebody uses it, as the backend writes it. */
  readonly expiresAt: string
}

/**
 * `listed`: it is in the list, and that may still mean "loading": some versions of Ollama list a model from the moment they begin to
 * load it, others when it is loaded. `absent`: it would have to be loaded. `unknown`: nothing can be said.
 */
export type Residence = 'loaded' | 'listed' | 'absent' | 'unknown'

interface Entry {
  model: RunningModel | undefined
  readonly listedMs: number
  isLoaded: boolean
  tokenMs: number
}

/** Models that were in memory once are shown as unloaded up to this many. */
const MAX_REMEMBERED = 100

/** Names are the callers' own. */
const MAX_SPELLINGS = 1_000

export class Residency {
  readonly #entries = new Map<string, Entry>()
  /** Names that Ollama lists under another name than it is asked for: nothing can be concluded from not finding them. */
  readonly #strange = new Set<string>()
  readonly #remembered = new Map<string, string>()
  readonly #tags = new Map<string, string>()
  /** When the last look that was answered began. */
  #lookedMs = -Infinity

  get lookedMs(): number {
    return this.#lookedMs
  }

  /** What a look found that began at `beganMs`. Returns the models that are new. */
  learn(
    running: readonly RunningModel[],
    { beganMs, nowMs }: { beganMs: number; nowMs: number },
  ): RunningModel[] {
    const fresh: RunningModel[] = []
    const names = new Set<string>()
    for (const model of running) {
      const name = this.#tag(model.name)
      names.add(name)
      const entry = this.#entries.get(name)
      if (entry?.model === undefined) fresh.push(model)
      if (entry === undefined) {
        this.#entries.set(name, { model, listedMs: nowMs, isLoaded: false, tokenMs: -Infinity })
      } else {
        // While it loads, and while it answers for the first time after that, its end moves with the time of each look.
        if (entry.model?.expiresAt === model.expiresAt) entry.isLoaded = true
        entry.model = model
      }
      this.#remember(name, model.name)
    }
    for (const [name, { tokenMs }] of this.#entries)
      if (!names.has(name) && tokenMs < beganMs) this.#entries.delete(name)
    this.#lookedMs = beganMs
    return fresh
  }

  /** It has brought a token: whatever the list says, it is loaded. */
  noteToken(name: string, nowMs: number): void {
    const tagged = this.#tag(name)
    const entry = this.#entries.get(tagged)
    if (entry === undefined) {
      this.#entries.set(tagged, { model: undefined, listedMs: nowMs, isLoaded: true, tokenMs: nowMs })
    } else {
      entry.isLoaded = true
      entry.tokenMs = nowMs
    }
  }

  /** It answers and is not in the list. */
  distrust(name: string): void {
    if (this.#strange.size >= MAX_REMEMBERED) this.#strange.clear()
    this.#strange.add(this.#tag(name))
  }

  find(name: string): Residence {
    const tagged = this.#tag(name)
    const entry = this.#entries.get(tagged)
    if (entry !== undefined) return entry.isLoaded ? 'loaded' : 'listed'
    return this.#lookedMs === -Infinity || this.#strange.has(tagged) ? 'unknown' : 'absent'
  }

  /** When it was first seen in the list; undefined when it is not there. */
  listedMs(name: string): number | undefined {
    return this.#entries.get(this.#tag(name))?.listedMs
  }

  /** Nothing can be said until it is looked again: the backend went away and may come back empty. */
  forget(): void {
    this.#entries.clear()
    this.#lookedMs = -Infinity
  }

  /** What is in memory, and what was. */
  inMemory(): ModelInMemory[] {
    const models: ModelInMemory[] = []
    for (const [tagged, model] of this.#remembered) {
      const running = this.#entries.get(tagged)?.model
      const { bytes, vramBytes } = running ?? NOTHING
      const expiresAtMs = toExpiryMs(running?.expiresAt)
      models.push({ model, isLoaded: running !== undefined, bytes, vramBytes, expiresAtMs })
    }
    return models
  }

  /** Share of it that is outside the memory of a GPU; undefined when nobody has said how large it is. */
  offloadRatio(name: string): number | undefined {
    const model = this.#entries.get(this.#tag(name))?.model
    return model === undefined || !(model.bytes > 0)
      ? undefined
      : Math.max(0, 1 - model.vramBytes / model.bytes)
  }

  /** What its place in memory means for who asks for it; undefined where that is as it should be. */
  describe(name: string): string | undefined {
    const residence = this.find(name)
    if (residence === 'absent') return 'would have to load the model'
    const model = this.#entries.get(this.#tag(name))?.model
    return model === undefined || !isPartlyOnCpu(model)
      ? undefined
      : `has ${cpuShare(model)} of the model on the CPU`
  }

  /** Asked for every attempt that is under way, twice a second: a spelling is worked out once. */
  #tag(name: string): string {
    let tag = this.#tags.get(name)
    if (tag === undefined) {
      if (this.#tags.size >= MAX_SPELLINGS) this.#tags.clear()
      tag = toTagged(name)
      this.#tags.set(name, tag)
    }
    return tag
  }

  #remember(tagged: string, name: string): void {
    if (this.#remembered.has(tagged)) return
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    this.#remembered.set(tagged, name)
  }
}

/** Prefixes that Ollama leaves out when it lists a model of its own library. */
const DEFAULT_PREFIX = /^(?:(?:https?:\/\/)?registry\.ollama\.ai\/)?(?:library\/)?/

/** One spelling for the several ways to name a model: `qwen3` is `qwen3:latest`. */
function toTagged(name: string): string {
  const short = name.replace(DEFAULT_PREFIX, '')
  return short.includes(':', short.lastIndexOf('/') + 1) ? short : `${short}:latest`
}

const NOTHING = { bytes: 0, vramBytes: 0 }

/** Ollama writes "never" as a date in three hundred years, and "not known yet" as one before there were computers. */
const NEVER_MS = Date.UTC(2100)

function toExpiryMs(expiresAt: string | undefined): number | undefined {
  const ms = Date.parse(expiresAt ?? '')
  return ms > 0 && ms < NEVER_MS ? ms : undefined
}

export function isPartlyOnCpu({ bytes, vramBytes }: RunningModel): boolean {
  return vramBytes < bytes
}

export function cpuShare({ bytes, vramBytes }: RunningModel): string {
  return `${Math.ceil((1 - vramBytes / bytes) * 100)} %`
}
