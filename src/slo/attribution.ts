// Who is to blame for a breached objective: what its bad events spent beyond the healthy ones of the same model and prompt size,
// divided by phase, backend, model and band; of lost availability, the failures by code, backend, model and tenant.
import type { BlamedSlice } from '../core/alert.ts'
import type { ExplainedOutline } from '../core/outline.ts'
import { PHASES } from '../core/record.ts'
import { toSlices, type Part, type Traffic } from './attribution-slices.ts'
import { addSums, AttributionSums, createSums, type Cell, type Sums } from './attribution-sums.ts'
import { FailureCounts } from './attribution-failures.ts'
import { slowdownOf } from './attribution-slowdown.ts'
import { BANDS } from './bands.ts'
import { createSpent, type Spent } from './explain-spent.ts'
import { createJudge } from './indicator.ts'
import type { Counted, Indicator } from './objective.ts'
import type { Usual } from './usual.ts'

export interface Attribution {
  /** What the shares are of. */
  readonly of: 'excess' | 'failures'
  /** Largest first; together 1, or none where there was nothing to divide. */
  readonly slices: readonly BlamedSlice[]
  readonly badEvents: number
  readonly events: number
}

export interface Attributor {
  /** Whatever is out of the objective's scope or count is left out. */
  add(explained: ExplainedOutline): void
  /** One that was judged already, and counts. */
  addJudged(explained: ExplainedOutline, isGood: boolean): void
  /** Of what was added so far. */
  result(): Attribution
}

/** `usual` stands in for the healthy where there was none. Takes any number of records in little memory. */
export function createAttributor(objective: Counted, usual?: Usual): Attributor {
  const judge = createJudge(objective)
  const { indicator } = objective
  const isAvailability = indicator.kind === 'availability'
  const failures = new FailureCounts()
  const sums = new AttributionSums()
  let events = 0
  let badEvents = 0
  const addJudged = (explained: ExplainedOutline, isGood: boolean): void => {
    events += 1
    if (!isGood) badEvents += 1
    if (isAvailability) failures.add(explained.record, !isGood)
    else sums.add(explained, isGood)
  }
  return {
    add(explained) {
      const judgement = judge(explained.record)
      if (judgement === 'good' || judgement === 'bad') addJudged(explained, judgement === 'good')
    },
    addJudged,
    result() {
      const slices = isAvailability ? failures.slices() : toExcessSlices([...sums.cells()], indicator, usual)
      return { of: isAvailability ? 'failures' : 'excess', slices, badEvents, events }
    },
  }
}

/** Over a scan of the record store. */
export async function attribute(
  objective: Counted,
  scan: AsyncIterable<readonly ExplainedOutline[]>,
  usual?: Usual,
): Promise<Attribution> {
  const attributor = createAttributor(objective, usual)
  for await (const slice of scan) for (const each of slice) attributor.add(each)
  return attributor.result()
}

/** Fewer healthy events than this are no baseline of their own; those of all sizes, and then of all models, are. */
const MIN_GOOD = 10

/** Which phases an indicator measures. */
const MEASURED: Readonly<Record<Exclude<Indicator['kind'], 'availability'>, readonly (keyof Spent)[]>> = {
  duration: PHASES,
  firstToken: PHASES.filter((phase) => phase !== 'decode' && phase !== 'client-stall'),
  perToken: ['decode', 'client-stall'],
  interToken: ['decode'],
  guard: ['guard'],
}

function toExcessSlices(
  cells: readonly Cell[],
  { kind }: Indicator,
  usual: Usual | undefined,
): BlamedSlice[] {
  if (kind === 'availability') return []
  const baselines = new Baselines(cells, usual)
  const parts: Part[] = []
  const traffic: Traffic[] = []
  for (const cell of cells) {
    const { backend, model, bad } = cell
    const place = { backend, model, band: BANDS[cell.band], tenant: undefined }
    traffic.push({ ...place, amount: bad.count + cell.good.count })
    if (bad.count === 0) continue
    const baseline = baselines.of(cell)
    const excess = excessOf(cell, baseline)
    for (const phase of MEASURED[kind]) {
      const ms = excess[phase]
      if (phase === 'decode') parts.push(...decodeParts(kind, { ms, place, bad, baseline }))
      else if (phase === 'queue' || phase === 'retry')
        parts.push(...partsByBackend(phase, { ms, place, cell }))
      else parts.push({ ...place, phase, amount: ms })
    }
  }
  return toSlices(parts, traffic).map((slice) => {
    const slowdown = slice.phase === 'queue' ? slowdownOf(slice, cells, usual) : undefined
    return slowdown === undefined ? slice : { ...slice, slowdown }
  })
}

function excessOf({ bad }: Cell, baseline: Sums): Spent {
  const perEvent = (sum: number): number => (baseline.count > 0 ? sum / baseline.count : 0)
  const excess = createSpent()
  for (const phase of PHASES)
    excess[phase] = Math.max(0, bad.spent[phase] - bad.count * perEvent(baseline.spent[phase]))
  // What came while the thread stood still was seen too late, and looks like a slow backend.
  let stalledMs = bad.stalledMs - bad.count * perEvent(baseline.stalledMs)
  for (const phase of ['prefill', 'decode'] as const) {
    const takenMs = Math.max(0, Math.min(stalledMs, excess[phase]))
    excess[phase] -= takenMs
    excess.gateway += takenMs
    stalledMs -= takenMs
  }
  return excess
}

type Place = Omit<Part, 'phase' | 'amount'>

/** Decoding takes longer because it is slow, or because there is more to generate. */
function decodeParts(
  kind: Indicator['kind'],
  { ms, place, bad, baseline }: { ms: number; place: Place; bad: Sums; baseline: Sums },
): Part[] {
  const perTokenMs = baseline.tokens > 0 ? baseline.countedDecodeMs / baseline.tokens : 0
  if (kind !== 'duration') {
    // A rate is not worse for being kept up longer.
    const slowMs = Math.max(0, bad.countedDecodeMs - bad.tokens * perTokenMs)
    return [{ ...place, phase: 'decode', amount: slowMs }]
  }
  const usualTokens = baseline.count > 0 ? baseline.tokens / baseline.count : 0
  const moreTokens = Math.max(0, bad.tokens - bad.count * usualTokens)
  const lengthMs = Math.min(ms, moreTokens * perTokenMs)
  return [
    { ...place, phase: 'decode', amount: ms - lengthMs },
    { ...place, phase: 'length', amount: lengthMs },
  ]
}

/** A queue and a failed attempt are blamed on the backend where they were. */
function partsByBackend(
  phase: 'queue' | 'retry',
  { ms, place, cell }: { ms: number; place: Place; cell: Cell },
): Part[] {
  const allMs = cell.bad.spent[phase]
  const parts: Part[] = []
  let hereMs = ms
  for (const [backend, times] of cell.elsewhere) {
    if (!(times[phase] > 0)) continue
    const amount = Math.min(hereMs, ms * (times[phase] / allMs))
    parts.push({ ...place, backend, phase, amount })
    hereMs -= amount
  }
  parts.push({ ...place, phase, amount: hereMs })
  return parts
}

class Baselines {
  readonly #byBand = new Map<string, Sums>()
  readonly #byModel = new Map<string, Sums>()
  readonly #all = createSums()
  readonly #usual: Usual | undefined

  constructor(cells: readonly Cell[], usual: Usual | undefined) {
    this.#usual = usual
    for (const { model = '', band, good } of cells) {
      addSums(take(this.#byBand, `${band} ${model}`), good)
      addSums(take(this.#byModel, model), good)
      addSums(this.#all, good)
    }
  }

  of({ backend, model = '', band }: Cell): Sums {
    const candidates = [this.#byBand.get(`${band} ${model}`), this.#byModel.get(model)]
    const known = candidates.find((sums) => sums !== undefined && sums.count >= MIN_GOOD)
    return known ?? this.#usualOf(backend, model) ?? this.#all
  }

  #usualOf(backend: string | undefined, model: string): Sums | undefined {
    const pace = this.#usual?.find(backend, model)
    const perTokenMs = pace?.perToken.value
    const tokens = pace?.outputTokens.value
    if (pace === undefined || perTokenMs === undefined || tokens === undefined) return undefined
    const sums = createSums()
    sums.count = 1
    sums.tokens = Math.max(0, tokens - 1)
    sums.countedDecodeMs = sums.tokens * perTokenMs
    sums.spent.decode = sums.countedDecodeMs
    sums.spent.prefill = pace.prefill.value ?? 0
    return sums
  }
}

function take(map: Map<string, Sums>, key: string): Sums {
  const known = map.get(key) ?? createSums()
  map.set(key, known)
  return known
}
