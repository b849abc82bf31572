// One record as a row: the columns that are searched and counted, and the whole of it as text.
import type { RequestRecord } from '../../core/record.ts'
import type { StoredRecord } from '../store.ts'
import { parseBody, printBody } from './body.ts'
import { toKeptMs } from './days.ts'
import type { Row } from './session.ts'

/** The columns of `weir_records`, with the types under which a batch brings them. */
export const RECORD_COLUMNS = {
  started_ms: 'bigint',
  id: 'text',
  status: 'integer',
  duration_ms: 'double precision',
  first_token_ms: 'double precision',
  per_token_ms: 'double precision',
  model_asked: 'text',
  model_routed: 'text',
  backend: 'text',
  key: 'text',
  tenant: 'text',
  endpoint: 'text',
  outcome: 'text',
  cause: 'text',
  body: 'text',
} as const

export type RecordRow = Readonly<Record<keyof typeof RECORD_COLUMNS, string | number | undefined>>

export function toRecordRow(stored: StoredRecord): RecordRow {
  const { record, verdict } = stored
  return {
    started_ms: toKeptMs(record.startedAtMs),
    id: toSafeText(record.id),
    status: record.status,
    duration_ms: record.durationMs,
    first_token_ms: record.firstTokenMs,
    per_token_ms: toPerTokenMs(record),
    model_asked: toSafeText(record.modelAsked),
    model_routed: toSafeText(record.modelRouted),
    backend: record.backend,
    key: toSafeText(record.key),
    tenant: toSafeText(record.tenant),
    endpoint: record.endpoint,
    outcome: record.outcome,
    cause: verdict?.cause,
    body: printBody(stored),
  }
}

export function toStoredRecord({ body }: Row): StoredRecord {
  return parseBody(String(body))
}

function toPerTokenMs({ durationMs, firstTokenMs, usage }: RequestRecord): number | undefined {
  const { outputTokens } = usage
  if (firstTokenMs === undefined || outputTokens === undefined || outputTokens < 2) return undefined
  return (durationMs - firstTokenMs) / (outputTokens - 1)
}

/** PostgreSQL has no U+0000 in texts and its JSON no half of a surrogate pair; callers have both. */
export function toSafeText(text: string): string
export function toSafeText(text: string | undefined): string | undefined
export function toSafeText(text: string | undefined): string | undefined {
  return text?.toWellFormed().replaceAll('\0', '\uFFFD')
}
