// What is added up of the records of an attribution: times by backend, model and band of prompts, for good and bad events apart.
// Bounded memory: one cell for each combination that occurs, up to a limit.
import type { ExplainedOutline, RecordOutline } from '../core/outline.ts'
import type { Verdict } from '../core/verdict.ts'
import { promptTokensOf, toBand } from './bands.ts'
import { createSpent, readSpent, toAmount, worstAttempt, type Spent } from './explain-spent.ts'

/** Times of some records together; milliseconds. */
export interface Sums {
  readonly spent: Spent
  count: number
  /** Of those whose tokens were counted: after the first one each. */
  tokens: number
  /** The decoding of those. */
  countedDecodeMs: number
  /** For how long this process's thread stood still meanwhile, beyond what shows as its own work. */
  stalledMs: number
}

/** The traffic of one backend, model and band of prompts. */
export interface Cell {
  readonly backend: string | undefined
  readonly model: string | undefined
  readonly band: number
  readonly good: Sums
  readonly bad: Sums
  /** Bad time that was spent at another backend than the one that answered: its queue, its failure. */
  readonly elsewhere: Map<string, { queue: number; retry: number }>
}

/** More combinations than this are added up as one that names nothing. */
const MAX_CELLS = 4_096

export class AttributionSums {
  readonly #cells = new Map<string | undefined, Map<string | undefined, Cell[]>>()
  readonly #scratch = createSpent()
  #count = 0

  add({ record, verdict }: ExplainedOutline, isGood: boolean): void {
    const spent = this.#scratch
    readSpent(record, spent)
    moveHidden(record, verdict, spent)
    const cell = this.#cellOf(record)
    const sums = isGood ? cell.good : cell.bad
    addSpent(sums.spent, spent)
    sums.count += 1
    sums.stalledMs += Math.max(0, toAmount(record.loopStallMs) - spent.gateway)
    const { outputTokens } = record.usage
    if (outputTokens !== undefined && outputTokens > 1) {
      sums.tokens += outputTokens - 1
      sums.countedDecodeMs += spent.decode
    }
    if (!isGood) noteElsewhere(cell, record, spent)
  }

  *cells(): Iterable<Cell> {
    for (const models of this.#cells.values())
      for (const bands of models.values()) for (const cell of bands) if (cell !== undefined) yield cell
  }

  #cellOf(record: RecordOutline): Cell {
    const { backend, modelRouted: model } = record
    const band = toBand(promptTokensOf(record))
    const known = this.#cells.get(backend)?.get(model)?.[band]
    if (known !== undefined) return known
    const isFull = this.#count >= MAX_CELLS
    return isFull ? this.#make(undefined, undefined, band) : this.#make(backend, model, band)
  }

  #make(backend: string | undefined, model: string | undefined, band: number): Cell {
    const models = this.#cells.get(backend) ?? new Map<string | undefined, Cell[]>()
    this.#cells.set(backend, models)
    const bands = models.get(model) ?? []
    models.set(model, bands)
    const known = bands[band]
    if (known !== undefined) return known
    const cell = { backend, model, band, good: createSums(), bad: createSums(), elsewhere: new Map() }
    bands[band] = cell
    this.#count += 1
    return cell
  }
}

export function createSums(): Sums {
  return { spent: createSpent(), count: 0, tokens: 0, countedDecodeMs: 0, stalledMs: 0 }
}

export function addSums(to: Sums, from: Sums): void {
  addSpent(to.spent, from.spent)
  to.count += from.count
  to.tokens += from.tokens
  to.countedDecodeMs += from.countedDecodeMs
  to.stalledMs += from.stalledMs
}

/** Written out: a loop over names reads each phase by a key that the engine cannot foresee. */
function addSpent(to: Spent, from: Spent): void {
  to.receive += from.receive
  to.authenticate += from.authenticate
  to.limit += from.limit
  to.guard += from.guard
  to.queue += from.queue
  to.retry += from.retry
  to.connect += from.connect
  to.load += from.load
  to.prefill += from.prefill
  to.decode += from.decode
  to['client-stall'] += from['client-stall']
  to.gateway += from.gateway
}

/** In answers of one piece prefill and load stand in `decode`; the verdict tells them. */
function moveHidden(record: RecordOutline, verdict: Verdict | undefined, spent: Spent): void {
  if (!record.estimated.phases || (verdict?.cause !== 'prefill' && verdict?.cause !== 'load')) return
  const toldMs = toAmount(verdict.shareRatio * record.durationMs) - spent[verdict.cause]
  const ms = Math.min(Math.max(0, toldMs), spent.decode)
  spent.decode -= ms
  spent[verdict.cause] += ms
}

function noteElsewhere({ elsewhere }: Cell, record: RecordOutline, spent: Spent): void {
  const { queued, attempts, backend } = record
  if (queued !== undefined && queued.backend !== backend)
    takeFrom(elsewhere, queued.backend).queue += spent.queue
  if (!(spent.retry > 0)) return
  const failed = worstAttempt(attempts)?.backend
  if (failed !== undefined && failed !== backend) takeFrom(elsewhere, failed).retry += spent.retry
}

function takeFrom(elsewhere: Cell['elsewhere'], backend: string): { queue: number; retry: number } {
  const times = elsewhere.get(backend) ?? { queue: 0, retry: 0 }
  elsewhere.set(backend, times)
  return times
}
