// Finding records in PostgreSQL: pages from the latest, slices from the earliest, one by its id. Places in the order are kept as
// a moment and a number, never as a count of rows: those change while somebody turns pages.
import {
  RecordStoreError,
  type RecordFilter,
  type RecordPage,
  type RecordStore,
  type StoredContent,
  type StoredRecord,
} from '../store.ts'
import { createParameters, toCondition } from './filter.ts'
import { toSafeText, toStoredRecord } from './rows.ts'
import type { Row, Session } from './session.ts'

const SLICE_RECORDS = 1_000
/** Started, and the number within it. */
const CURSOR = /^(\d{1,16})\.(\d{1,19})$/

interface Reading extends Pick<RecordStore, 'page' | 'find' | 'scan' | 'content'> {
  slice(filter: RecordFilter, place: Place | undefined): Promise<Slice>
}

export function createReading(session: Session): Reading {
  return {
    page: (query) => readPage(session, query),
    async find(id) {
      const sql = 'select body from weir_records where id = $1 order by started_ms desc, seq desc limit 1'
      const [row] = await session.run((ask) => ask(sql, [toSafeText(id)]))
      return row === undefined ? undefined : toStoredRecord(row)
    },
    slice: (filter, place) => readSlice(session, filter, place),
    scan: (filter) => scanBy((place) => readSlice(session, filter, place)),
    async content(requestId) {
      const sql =
        'select body, is_cut from weir_contents where request_id = $1 order by started_ms desc limit 1'
      const [row] = await session.run((ask) => ask(sql, [toSafeText(requestId)]))
      return row === undefined ? undefined : toStoredContent(requestId, row)
    },
  }
}

async function readPage(
  session: Session,
  { filter, limit, cursor }: Parameters<RecordStore['page']>[0],
): Promise<RecordPage> {
  const parameters = createParameters()
  const place = cursor === undefined ? undefined : parseCursor(cursor)
  const before =
    place === undefined
      ? ''
      : `and (started_ms, seq) < (${place.map(parameters.add).join('::bigint, ')}::bigint)`
  const sql = `
    select started_ms, seq, body from weir_records
    where ${toCondition(filter, parameters)} ${before}
    order by started_ms desc, seq desc limit ${parameters.add(limit + 1)}`
  const rows = await session.run((ask) => ask(sql, parameters.values))
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    records: shown.map(toStoredRecord),
    cursor: rows.length > limit && last !== undefined ? placeOf(last).join('.') : undefined,
  }
}

/** What lies behind a place in the order of time, and the place of the last of it. */
export interface Slice {
  readonly records: readonly StoredRecord[]
  /** Undefined behind the last one. */
  readonly next: Place | undefined
}

export type Place = readonly [startedMs: string, seq: string]

async function readSlice(session: Session, filter: RecordFilter, place: Place | undefined): Promise<Slice> {
  const parameters = createParameters()
  const after =
    place === undefined
      ? ''
      : `and (started_ms, seq) > (${place.map(parameters.add).join('::bigint, ')}::bigint)`
  const sql = `
    select started_ms, seq, body from weir_records
    where ${toCondition(filter, parameters)} ${after}
    order by started_ms, seq limit ${SLICE_RECORDS}`
  const rows = await session.run((ask) => ask(sql, parameters.values))
  const last = rows.length < SLICE_RECORDS ? undefined : rows.at(-1)
  return { records: rows.map(toStoredRecord), next: last && placeOf(last) }
}

/** Slice after slice, each asked for by itself, while the one before is worked on: no connection is held meanwhile. */
export async function* scanBy(
  slice: (place: Place | undefined) => Promise<Slice>,
): AsyncIterable<readonly StoredRecord[]> {
  let asked = slice(undefined)
  for (;;) {
    const { records, next } = await asked
    if (next !== undefined) asked = slice(next)
    // Whoever has seen enough does not wait for the next one, nor hear of its failure.
    asked.catch(() => undefined)
    if (records.length > 0) yield records
    if (next === undefined) return
  }
}

function placeOf({ started_ms: started, seq }: Row): Place {
  return [String(started), String(seq)]
}

function parseCursor(cursor: string): Place {
  const [, started, seq] = CURSOR.exec(cursor) ?? []
  if (started === undefined || seq === undefined) {
    throw new RecordStoreError('other', `${cursor.slice(0, 40)} is no place in a list of records`)
  }
  return [started, seq]
}

function toStoredContent(requestId: string, { body, is_cut: isCut }: Row): StoredContent {
  const { prompt, answer } = JSON.parse(String(body)) as Pick<StoredContent, 'prompt' | 'answer'>
  return { requestId, prompt, answer, isCut: isCut === true }
}
