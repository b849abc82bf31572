// Packed outlines as records that are read where they lie: a field is looked up when somebody asks for it, and most are not. Whoever
// keeps one keeps the pack that it is of.
import type { ErrorCode } from '../../../core/errors.ts'
import type { ExplainedOutline, RecordOutline } from '../../../core/outline.ts'
import type { Attempt, GapSketch, Phases } from '../../../core/record.ts'
import type { SlowCause, Verdict } from '../../../core/verdict.ts'
import { ATTEMPT_NUMS, ATTEMPT_REFS, FLAG, GAP_NUMS, NUM, NUMS, REF, REFS } from '../../codec/layout.ts'
import type { PackedRecords } from '../../codec/layout.ts'
import { PackedGaps, PackedPhases } from './parts.ts'

const NO_ATTEMPTS: readonly Attempt[] = []

/** All outlines of a pack, in its order. */
export function toOutlines(packed: PackedRecords): ExplainedOutline[] {
  const all: ExplainedOutline[] = []
  const place: Place = { ref: 0, number: 0, text: 0 }
  for (let at = 0; at < packed.count; at += 1) {
    all.push(new PackedOutline(packed, place))
    pass(packed, place)
  }
  return all
}

interface Place {
  ref: number
  number: number
  text: number
}

/** Goes to where the next one lies. */
function pass({ refs, numbers }: PackedRecords, place: Place): void {
  const attempts = refs[place.ref + REF.attempts] ?? 0
  const gaps = place.number + NUMS + attempts * ATTEMPT_NUMS
  const hasGaps = refs[place.ref + REF.gapBounds] !== 0
  place.text += (refs[place.ref + REF.idLength] ?? 0) + (refs[place.ref + REF.verdictLength] ?? 0)
  place.number = gaps + (hasGaps ? GAP_NUMS + (numbers[gaps] ?? 0) : 0)
  place.ref += REFS + attempts * ATTEMPT_REFS
}

class PackedOutline implements ExplainedOutline {
  readonly record: PackedRecord

  constructor(packed: PackedRecords, place: Place) {
    this.record = new PackedRecord(packed, place)
  }

  get verdict(): Verdict | undefined {
    return this.record.verdict
  }
}

class PackedRecord implements RecordOutline {
  readonly #packed: PackedRecords
  readonly #ref: number
  readonly #number: number
  readonly #text: number

  constructor(packed: PackedRecords, { ref, number, text }: Place) {
    this.#packed = packed
    this.#ref = ref
    this.#number = number
    this.#text = text
  }

  get id(): string {
    return this.#packed.text.slice(this.#text, this.#text + this.#refAt(REF.idLength))
  }
  get startedAtMs(): number {
    return this.#numberAt(NUM.startedAt)
  }
  get durationMs(): number {
    return this.#numberAt(NUM.duration)
  }
  get endpoint(): string {
    return this.#wordAt(REF.endpoint) ?? ''
  }
  get operation(): RecordOutline['operation'] {
    return this.#wordAt(REF.operation) as RecordOutline['operation']
  }
  get modelAsked(): string | undefined {
    return this.#wordAt(REF.modelAsked)
  }
  get modelRouted(): string | undefined {
    return this.#wordAt(REF.modelRouted)
  }
  get fallbackFrom(): string | undefined {
    return this.#wordAt(REF.fallbackFrom)
  }
  get backend(): string | undefined {
    return this.#wordAt(REF.backend)
  }
  get tenant(): string | undefined {
    return this.#wordAt(REF.tenant)
  }
  get outcome(): RecordOutline['outcome'] {
    return this.#wordAt(REF.outcome) as RecordOutline['outcome']
  }
  get code(): RecordOutline['code'] {
    return this.#wordAt(REF.code) as RecordOutline['code']
  }
  get stream(): boolean {
    return this.#has(FLAG.stream)
  }
  get cold(): boolean {
    return this.#has(FLAG.cold)
  }
  get promptBytes(): number {
    return this.#numberAt(NUM.promptBytes)
  }
  get firstTokenMs(): number | undefined {
    return optional(this.#numberAt(NUM.firstToken))
  }
  get loopStallMs(): number | undefined {
    return optional(this.#numberAt(NUM.loopStall))
  }
  get usage(): RecordOutline['usage'] {
    return {
      promptTokens: optional(this.#numberAt(NUM.promptTokens)),
      outputTokens: optional(this.#numberAt(NUM.outputTokens)),
      cachedTokens: optional(this.#numberAt(NUM.cachedTokens)),
    }
  }
  get estimated(): RecordOutline['estimated'] {
    return { usage: this.#has(FLAG.usageEstimated), phases: this.#has(FLAG.phasesEstimated) }
  }
  get queued(): RecordOutline['queued'] {
    if (Number.isNaN(this.#numberAt(NUM.queueWait))) return undefined
    return { backend: this.#wordAt(REF.queuedBackend) ?? '' }
  }
  get phases(): Phases {
    return new PackedPhases(this.#packed.numbers, this.#number + NUM.phases)
  }
  get verdict(): Verdict | undefined {
    return this.#has(FLAG.hasVerdict) ? new PackedVerdict(this) : undefined
  }

  get attempts(): readonly Attempt[] {
    const count = this.#refAt(REF.attempts)
    return count === 0 ? NO_ATTEMPTS : Array.from({ length: count }, (_, at) => this.#attemptAt(at))
  }

  get gaps(): GapSketch | undefined {
    const bounds = this.#wordAt(REF.gapBounds)
    if (bounds === undefined) return undefined
    const { numbers } = this.#packed
    const at = this.#number + NUMS + this.#refAt(REF.attempts) * ATTEMPT_NUMS
    return new PackedGaps(numbers, { at, bounds })
  }

  /** For the verdict of it. */
  get cause(): SlowCause {
    return this.#wordAt(REF.cause) as SlowCause
  }
  get causeShareRatio(): number {
    return this.#numberAt(NUM.verdictShare)
  }
  get causeText(): string {
    const start = this.#text + this.#refAt(REF.idLength)
    return this.#packed.text.slice(start, start + this.#refAt(REF.verdictLength))
  }

  #attemptAt(at: number): Attempt {
    const ref = REFS + at * ATTEMPT_REFS
    const number = NUMS + at * ATTEMPT_NUMS
    return {
      backend: this.#wordAt(ref) ?? '',
      provider: this.#wordAt(ref + 1) ?? '',
      startedMs: this.#numberAt(number),
      connectedMs: optional(this.#numberAt(number + 1)),
      firstByteMs: optional(this.#numberAt(number + 2)),
      firstTokenMs: optional(this.#numberAt(number + 3)),
      endedMs: this.#numberAt(number + 4),
      result: this.#wordAt(ref + 2) as Attempt['result'],
      code: this.#wordAt(ref + 3) as ErrorCode | undefined,
      status: optional(this.#numberAt(number + 5)),
    }
  }

  #refAt(place: number): number {
    return this.#packed.refs[this.#ref + place] ?? 0
  }
  #numberAt(place: number): number {
    return this.#packed.numbers[this.#number + place] ?? Number.NaN
  }
  #wordAt(place: number): string | undefined {
    const ref = this.#refAt(place)
    return ref === 0 ? undefined : this.#packed.words[ref - 1]
  }
  #has(flag: number): boolean {
    return (this.#refAt(REF.flags) & flag) !== 0
  }
}

class PackedVerdict implements Verdict {
  readonly #record: PackedRecord

  constructor(record: PackedRecord) {
    this.#record = record
  }

  get cause(): SlowCause {
    return this.#record.cause
  }
  get shareRatio(): number {
    return this.#record.causeShareRatio
  }
  get text(): string {
    return this.#record.causeText
  }
}

function optional(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
