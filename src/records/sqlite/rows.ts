// Rows of `records` and `details` as records again, each field as it was written.
import { FLAG } from '../codec/layout.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { PHASES, type Phases, type RequestRecord } from '../../core/record.ts'
import type { SlowCause, Verdict } from '../../core/verdict.ts'
import type { StoredRecord } from '../store.ts'
import { readAttempts, readGaps } from './bytes.ts'
import { readHex, readId } from './ids.ts'
import { PHASE_COLUMNS } from './schema.ts'
import { msOfSeq } from './seq.ts'
import type { Words } from './words.ts'

/** `seq` is that of `r`; the two tables have no other column in common. */
export const ROW_SQL = 'SELECT r.*, d.* FROM records r CROSS JOIN details d ON d.seq = r.seq'

export type Row = Readonly<Record<string, unknown>>

const optional = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export class RowReader {
  readonly #words: Words
  readonly #bounds = new Map<string, readonly number[]>()

  constructor(words: Words) {
    this.#words = words
  }

  read(row: Row): StoredRecord {
    return { record: this.#record(row), verdict: this.#verdict(row) }
  }

  #word(row: Row, column: string): string | undefined {
    return this.#words.read(row[column])
  }

  #verdict(row: Row): Verdict | undefined {
    const cause = this.#word(row, 'cause') as SlowCause | undefined
    if (cause === undefined) return undefined
    return { cause, shareRatio: Number(row['verdict_share']), text: String(row['verdict_text']) }
  }

  #record(row: Row): RequestRecord {
    const flags = Number(row['flags'])
    return {
      id: readId(row['id']),
      traceId: readHex(row['trace_id']),
      parentSpanId: readHex(row['parent_span_id']),
      startedAtMs: optional(row['start_ms']) ?? msOfSeq(Number(row['seq'])),
      durationMs: Number(row['duration_ms']),
      ...this.#names(row),
      stream: (flags & FLAG.stream) !== 0,
      requestBytes: Number(row['request_bytes']),
      responseBytes: Number(row['response_bytes']),
      promptBytes: Number(row['prompt_bytes']),
      usage: {
        promptTokens: optional(row['prompt_tokens']),
        outputTokens: optional(row['output_tokens']),
        cachedTokens: optional(row['cached_tokens']),
        reasoningTokens: optional(row['reasoning_tokens']),
      },
      cost: this.#cost(row),
      attempts:
        row['attempts'] instanceof Uint8Array
          ? readAttempts(row['attempts'], (id) => this.#words.read(id === 0 ? null : id))
          : [],
      queued: this.#queued(row),
      phases: toPhases(row),
      firstTokenMs: optional(row['first_token_ms']),
      gaps: this.#gaps(row),
      stalls: Number(row['stalls']),
      cold: (flags & FLAG.cold) !== 0,
      status: Number(row['status']),
      estimated: {
        usage: (flags & FLAG.usageEstimated) !== 0,
        phases: (flags & FLAG.phasesEstimated) !== 0,
      },
    }
  }

  #names(row: Row) {
    return {
      method: this.#word(row, 'method') ?? '',
      endpoint: this.#word(row, 'endpoint') ?? '',
      dialect: this.#word(row, 'dialect') as RequestRecord['dialect'],
      operation: this.#word(row, 'operation') as RequestRecord['operation'],
      modelAsked: this.#word(row, 'model_asked'),
      modelRouted: this.#word(row, 'model_routed'),
      fallbackFrom: this.#word(row, 'fallback_from'),
      fallbackReason: this.#word(row, 'fallback_reason') as ErrorCode | undefined,
      modelAnswered: this.#word(row, 'model_answered'),
      backend: this.#word(row, 'backend'),
      provider: this.#word(row, 'provider'),
      key: this.#word(row, 'key'),
      tenant: this.#word(row, 'tenant'),
      finishReason: this.#word(row, 'finish_reason'),
      outcome: this.#word(row, 'outcome') as RequestRecord['outcome'],
      code: this.#word(row, 'code') as ErrorCode | undefined,
      blame: this.#word(row, 'blame') as RequestRecord['blame'],
      interruptedBy: this.#word(row, 'interrupted_by') as RequestRecord['interruptedBy'],
      shed: this.#word(row, 'shed') as RequestRecord['shed'],
    }
  }

  #cost(row: Row): RequestRecord['cost'] {
    const micros = optional(row['cost_micros'])
    return micros === undefined ? undefined : { micros, currency: this.#word(row, 'cost_currency') ?? '' }
  }

  #queued(row: Row): RequestRecord['queued'] {
    const waitMs = optional(row['queue_wait_ms'])
    if (waitMs === undefined) return undefined
    const backend = this.#word(row, 'queued_backend') ?? ''
    return { backend, position: Number(row['queue_position']), waitMs }
  }

  #gaps(row: Row): RequestRecord['gaps'] {
    const bytes = row['gaps']
    if (!(bytes instanceof Uint8Array)) return undefined
    const text = this.#word(row, 'gap_bounds') ?? '[]'
    const bounds = this.#bounds.get(text) ?? (JSON.parse(text) as readonly number[])
    this.#bounds.set(text, bounds)
    return readGaps(bytes, bounds)
  }
}

function toPhases(row: Row): Phases {
  const entries = PHASES.map((phase, at) => [phase, Number(row[PHASE_COLUMNS[at] ?? ''])] as const)
  return Object.fromEntries(entries) as Phases
}
