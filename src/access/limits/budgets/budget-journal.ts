// Writes down what budgets have spent: in batches, at most once a second and at the end, never on the way of a request.
import type { CancelTimer, Clock } from '../../../core/clock.ts'
import type { MemoryLedger } from '../ledger/memory-ledger.ts'
import type { BudgetRow, BudgetStore } from './budget-store.ts'

export interface BudgetJournalOptions {
  readonly ledger: Pick<MemoryLedger, 'restore' | 'takeChanges'>
  readonly clock: Clock
  /** May throw: then nothing is kept over a restart, which is told. */
  readonly open: () => BudgetStore
  /** Told when writing begins to fail, with why, and when it works again. */
  readonly onState: (works: boolean, cause: unknown) => void
}

const WRITE_EVERY_MS = 1_000

export class BudgetJournal {
  readonly #options: BudgetJournalOptions
  #store: BudgetStore | undefined
  #stopWriting: CancelTimer | undefined
  #works = true
  /** What could not be written yet. */
  #pending = new Map<string, BudgetRow>()

  constructor(options: BudgetJournalOptions) {
    this.#options = options
  }

  /** From now on budgets are kept. Harmless when repeated: a configuration may bring the first budget later. */
  start(): void {
    if (this.#stopWriting !== undefined) return
    const { clock, ledger, open } = this.#options
    this.#stopWriting = clock.every(WRITE_EVERY_MS, () => this.write())
    try {
      this.#store = open()
      ledger.restore(this.#store.load(clock.wall()))
    } catch (thrown) {
      this.#note(false, thrown)
    }
  }

  write(): void {
    for (const change of this.#options.ledger.takeChanges()) this.#add(change)
    if (this.#store === undefined || this.#pending.size === 0) return
    try {
      this.#store.add([...this.#pending.values()])
      this.#pending = new Map()
      this.#note(true, undefined)
    } catch (thrown) {
      this.#note(false, thrown)
    }
  }

  close(): void {
    if (this.#stopWriting === undefined) return
    this.#stopWriting()
    this.write()
    this.#store?.close()
    this.#store = undefined
  }

  /** One row for each budget and period, however long nothing can be written. */
  #add(change: BudgetRow): void {
    const key = `${change.startMs} ${change.id}`
    const before = this.#pending.get(key)?.micros ?? 0
    if (this.#store !== undefined) this.#pending.set(key, { ...change, micros: before + change.micros })
  }

  #note(works: boolean, cause: unknown): void {
    if (works === this.#works) return
    this.#works = works
    this.#options.onState(works, cause)
  }
}
