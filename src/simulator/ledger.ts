// What this side saw of every model request: when it came, what left, how it ended. Bounded; totals never forget.

import { performance } from 'node:perf_hooks'

// Asked for once: the getter is slower than the clock.
const { timeOrigin } = performance

/** Milliseconds since the epoch with fractions, so that another process on the machine can compare within a millisecond. */
export function nowMs(): number {
  return timeOrigin + performance.now()
}

/**
 * complete: everything was written. error: an error answer was written. refused: turned away, queue full.
 * cut, reset: this side broke the connection on purpose. client-left: the other side did.
 * closed: the simulator was stopped.
 */
export const endings = ['complete', 'error', 'refused', 'cut', 'reset', 'client-left', 'closed'] as const
export type Ending = (typeof endings)[number]

export interface LedgerEntry {
  /** The `x-request-id` received, else one of our own. */
  id: string
  method: string
  path: string
  model: string
  stream: boolean
  startedAtMs: number
  /** Waited for the model to load, and for a slot. */
  loadMs: number
  queueMs: number
  firstTokenAtMs: number | undefined
  promptTokens: number
  requestBytes: number
  status: number
  /** Body bytes handed to the connection, before chunk framing. */
  bytesWritten: number
  /** Tokens whose bytes were handed to the connection. */
  tokensWritten: number
  ended: Ending | undefined
  clientLeftAtMs: number | undefined
  endedAtMs: number | undefined
  fault: string | undefined
  /** Only with `recordRequests`. */
  bodySha256: string | undefined
  /** Only with `recordRequests`: lower-case names; a name that came twice has its values joined by ", ". */
  headers: Record<string, string> | undefined
}

export interface LedgerTotals {
  started: number
  inFlight: number
  ended: Record<Ending, number>
  promptTokens: number
  tokensWritten: number
  bytesWritten: number
}

/** A page that asks no model, and how often it was asked for. */
export interface PageVisits {
  readonly method: string
  /** `other` for a path that no server of any kind has. */
  readonly path: string
  readonly count: number
}

export interface LedgerSnapshot {
  readonly nowMs: number
  readonly totals: LedgerTotals
  readonly visits: readonly PageVisits[]
  /** Entries that are no longer kept. */
  readonly forgotten: number
  /** Oldest first. */
  readonly entries: readonly LedgerEntry[]
}

function emptyTotals(): Omit<LedgerTotals, 'inFlight'> {
  const ended = Object.fromEntries(endings.map((ending) => [ending, 0])) as Record<Ending, number>
  return { started: 0, ended, promptTokens: 0, tokensWritten: 0, bytesWritten: 0 }
}

export class Ledger {
  /** A ring once it is full: `#oldest` is where the next entry goes. */
  #entries: LedgerEntry[] = []
  #oldest = 0
  #capacity: number
  #totals = emptyTotals()
  #forgotten = 0
  readonly #visits = new Map<string, PageVisits>()
  readonly #inFlight = new Set<LedgerEntry>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  open(id: string, method: string, path: string): LedgerEntry {
    const entry: LedgerEntry = {
      id,
      method,
      path,
      model: '',
      stream: false,
      startedAtMs: nowMs(),
      loadMs: 0,
      queueMs: 0,
      firstTokenAtMs: undefined,
      promptTokens: 0,
      requestBytes: 0,
      status: 0,
      bytesWritten: 0,
      tokensWritten: 0,
      ended: undefined,
      clientLeftAtMs: undefined,
      endedAtMs: undefined,
      fault: undefined,
      bodySha256: undefined,
      headers: undefined,
    }
    this.#totals.started++
    this.#inFlight.add(entry)
    this.#keep(entry)
    return entry
  }

  close(entry: LedgerEntry, ended: Ending): void {
    if (entry.ended !== undefined) return
    entry.ended = ended
    entry.endedAtMs = nowMs()
    if (ended === 'client-left') entry.clientLeftAtMs = entry.endedAtMs
    // Opened before a reset: what it did belongs to totals that are gone.
    if (!this.#inFlight.delete(entry)) return
    this.#totals.ended[ended]++
    this.#totals.promptTokens += entry.promptTokens
    this.#totals.tokensWritten += entry.tokensWritten
    this.#totals.bytesWritten += entry.bytesWritten
  }

  visit(method: string, path: string): void {
    const key = `${method} ${path}`
    const count = (this.#visits.get(key)?.count ?? 0) + 1
    this.#visits.set(key, { method, path, count })
  }

  /** A copy: what the caller does to it changes nothing here. */
  snapshot(last = this.#capacity): LedgerSnapshot {
    const entries = last > 0 ? this.#ordered().slice(-last) : []
    return {
      nowMs: nowMs(),
      totals: { ...structuredClone(this.#totals), inFlight: this.#inFlight.size },
      visits: [...this.#visits.values()],
      forgotten: this.#forgotten,
      entries: entries.map((entry) => ({ ...entry })),
    }
  }

  reset(): void {
    this.#entries = []
    this.#oldest = 0
    this.#totals = emptyTotals()
    this.#forgotten = 0
    this.#visits.clear()
    this.#inFlight.clear()
  }

  resize(capacity: number): void {
    const entries = this.#ordered()
    this.#entries = entries.slice(Math.max(0, entries.length - capacity))
    this.#forgotten += entries.length - this.#entries.length
    this.#oldest = 0
    this.#capacity = capacity
  }

  #ordered(): LedgerEntry[] {
    return [...this.#entries.slice(this.#oldest), ...this.#entries.slice(0, this.#oldest)]
  }

  #keep(entry: LedgerEntry): void {
    if (this.#entries.length < this.#capacity) {
      this.#entries.push(entry)
      return
    }
    this.#forgotten++
    if (this.#capacity === 0) return
    this.#entries[this.#oldest] = entry
    this.#oldest = (this.#oldest + 1) % this.#capacity
  }
}
