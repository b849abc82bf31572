// The memory of the pipeline and the silences, in the store: read once, read often, written after what matters. A store that
// does not answer keeps nothing back: alerts go on in memory, and that is said once.
import { sleep, type Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import { createMemory, type Memory } from './memory.ts'
import { MEMORY_DOCUMENT, mergeMemory, parseMemory, printMemory } from './memory-text.ts'
import type { Report } from './report.ts'
import { forgetSilences, readSilences, type Silence } from './silence.ts'

export interface Keeper {
  readonly memory: Memory
  silences(): readonly Silence[]
  /** Reads what was kept, as far as it has not been read, and the silences as they are now; less often while nothing holds. */
  refresh(holding: number): Promise<void>
  /** Writes the memory if anything that matters has changed, it is newly known what holds, or it was long ago. */
  save(): Promise<void>
  /** Drops the memory: another gateway goes on with what is kept. */
  letGo(): void
}

export interface KeeperOptions {
  /** Undefined: nothing is kept. */
  readonly documents: Documents | undefined
  readonly clock: Clock
  readonly report: Report
}

const STORE_TIMEOUT_MS = 2_000
/** Without a change or an evaluation: so that `weir alerts list` can tell that somebody is watching. */
const WRITE_EVERY_MS = 60_000
/** While there is nothing that a silence could hold for. */
const READ_IDLE_MS = 60_000

export function createKeeper({ documents, clock, report }: KeeperOptions): Keeper {
  let memory = createMemory()
  let silences: readonly Silence[] = []
  let isLoaded = false
  /** How often the memory was let go: what was asked for before that belongs to nobody any more. */
  let turn = 0
  let isAnswering = true
  let lastEssence = ''
  let lastWrittenMs = -Infinity
  let lastReadMs = -Infinity

  const guarded = async (work: (store: Documents) => Promise<void>): Promise<void> => {
    if (documents === undefined) return
    const late = sleep(clock, STORE_TIMEOUT_MS).then(() => ({ error: 'no answer in time' }))
    const done = work(documents).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    const failure = await Promise.race([done, late])
    if (failure !== undefined && isAnswering) {
      const hint = 'alerts go on, but a restart would forget whom it told, and new silences are not seen'
      report('error', 'what alerts need to remember cannot be kept', { ...failure, hint })
    }
    if (failure === undefined && !isAnswering) report('info', 'what alerts need to remember is kept again')
    isAnswering = failure === undefined
  }
  const load = async (store: Documents): Promise<void> => {
    const ofTurn = turn
    const text = await store.read(MEMORY_DOCUMENT)
    if (isLoaded || ofTurn !== turn) return
    isLoaded = true
    if (text === undefined) return
    const read = parseMemory(text)
    if (read === undefined) {
      report('error', 'what alerts remembered cannot be read; it is begun anew, and may be told again')
      return
    }
    mergeMemory(memory, read.memory)
  }
  const readNow = async (store: Documents): Promise<void> => {
    if (!isLoaded) await load(store)
    silences = await readSilences(store)
    lastReadMs = clock.now()
    await forgetSilences(store, { silences, nowMs: clock.wall() })
  }

  return {
    get memory() {
      return memory
    },
    silences: () => silences,
    async refresh(holding) {
      const isIdle = isLoaded && holding === 0 && memory.alerts.size === 0 && memory.groups.size === 0
      if (isIdle && clock.now() - lastReadMs < READ_IDLE_MS) return
      await guarded(readNow)
    },
    async save() {
      // What was kept is not overwritten by who has not read it.
      if (!isLoaded) return
      const essence = toEssence(memory)
      const ofTurn = turn
      if (essence === lastEssence && clock.now() - lastWrittenMs < WRITE_EVERY_MS) return
      await guarded(async (store) => {
        await store.write(MEMORY_DOCUMENT, printMemory(memory, clock.wall()))
        if (ofTurn !== turn) return
        lastEssence = essence
        lastWrittenMs = clock.now()
      })
    },
    letGo() {
      turn += 1
      memory = createMemory()
      isLoaded = false
      lastEssence = ''
    },
  }
}

/** What must not be lost, and of when it is: not the figures of an alert, which are others each time. */
function toEssence({ evaluatedAtMs, alerts, groups }: Memory): string {
  const seen = [...alerts].map(([fingerprint, { endedAtMs, mutedBy }]) => [fingerprint, endedAtMs, mutedBy])
  return JSON.stringify([evaluatedAtMs, seen, [...groups.values()]])
}
