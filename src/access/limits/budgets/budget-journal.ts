// Writes down what budgets have spent: in batches, at most once a second and at the end, never on the way of a request.
import type { CancelTimer, Clock } from '../../../core/clock.ts'
import type { MemoryLedger } from '../ledger/memory-ledger.ts'
import type { BudgetRow, BudgetStore, Patience } from './budget-store.ts'

export interface BudgetJournalOptions {
  readonly ledger: Pick<MemoryLedger, 'restore' | 'takeChanges'>
  readonly clock: Clock
  /** May throw: then nothing is kept over a restart, which is told, and it is tried again. */
  readonly open: (patience: Patience) => BudgetStore
  /** Told when writing begins to fail, with why, and when it works again. */
  readonly onState: (works: boolean, cause: unknown) => void
}

const WRITE_EVERY_MS = 1_000
/** A writer in the wrong moment is no news; one that stays is. */
const FAILURES_TO_REPORT = 2
/** Waiting for a lock holds up every request of the process. At its start and its end there are none, and no later chance. */
const AT_ONCE: Patience = { waitMs: 0 }
const AT_START: Patience = { waitMs: 200 }
const AT_END: Patience = { waitMs: 1_000 }

export class BudgetJournal {
  readonly #options: BudgetJournalOptions
  #store: BudgetStore | undefined
  #stopWriting: CancelTimer | undefined
  #works = true
  #failures = 0
  /** What could not be written yet. */
  #pending = new Map<string, BudgetRow>()

  constructor(options: BudgetJournalOptions) {
    this.#options = options
  }

  /** From now on budgets are kept. Harmless when repeated: a configuration may bring the first budget later. */
  start(): void {
    if (this.#stopWriting !== undefined) return
    this.#stopWriting = this.#options.clock.every(WRITE_EVERY_MS, () => this.write())
    try {
      this.#store = this.#open(AT_START)
    } catch (thrown) {
      this.#note(false, thrown)
    }
  }

  write(patience = AT_ONCE): void {
    for (const change of this.#options.ledger.takeChanges()) this.#add(change)
    try {
      this.#store ??= this.#open(patience)
      if (this.#pending.size > 0) this.#store.add([...this.#pending.values()], patience)
      this.#pending = new Map()
      this.#failures = 0
      this.#note(true, undefined)
    } catch (thrown) {
      this.#failures += 1
      if (this.#failures >= FAILURES_TO_REPORT) this.#note(false, thrown)
    }
  }

  close(): void {
    if (this.#stopWriting === undefined) return
    this.#stopWriting()
    this.write(AT_END)
    this.#store?.close()
    this.#store = undefined
  }

  #open(patience: Patience): BudgetStore {
    const { clock, ledger, open } = this.#options
    const store = open(patience)
    try {
      ledger.restore(store.load(clock.wall()))
      return store
    } catch (thrown) {
      store.close()
      throw thrown
    }
  }

  /** One row for each budget and period, however long nothing can be written. */
  #add(change: BudgetRow): void {
    const key = `${change.startMs} ${change.id}`
    const before = this.#pending.get(key)?.micros ?? 0
    this.#pending.set(key, { ...change, micros: before + change.micros })
  }

  #note(works: boolean, cause: unknown): void {
    if (works === this.#works) return
    this.#works = works
    this.#options.onState(works, cause)
  }
}
