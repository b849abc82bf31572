// Writes batches into PostgreSQL, each as one transaction, and counts no minute twice when the answer to a commit is lost.
import type { ObjectiveMinute } from '../../core/minutes.ts'
import { RecordStoreError, type Batch } from '../store.ts'
import type { Days } from './days.ts'
import { isWithoutPartition } from './failure.ts'
import { addMinutes, subtract, toDeltas } from './minutes.ts'
import { RECORD_COLUMNS, toRecordRow, toSafeText } from './rows.ts'
import type { Ask, Session } from './session.ts'

const NAMES = Object.keys(RECORD_COLUMNS).join(', ')
const TYPED = Object.entries(RECORD_COLUMNS).map(([name, type]) => `${name} ${type}`)

/** One JSON text for all rows: the server takes it apart, where this process would have to quote each value by itself. */
const INSERT_RECORDS = `
  insert into weir_records (${NAMES})
  select ${NAMES} from json_to_recordset($1::json) as added (${TYPED.join(', ')})`

/** Whose it is and when it was is taken from its record; without one nobody would know when to remove it. */
const INSERT_CONTENTS = `
  insert into weir_contents (started_ms, request_id, key, tenant, is_cut, body)
  select of.started_ms, added.request_id, of.key, of.tenant, added.is_cut, added.body
  from json_to_recordset($1::json) as added (request_id text, is_cut boolean, body text)
  cross join lateral (
    select started_ms, key, tenant from weir_records
    where id = added.request_id order by started_ms desc, seq desc limit 1
  ) as of`

/** A transaction of which nobody knows whether it was committed. */
interface Unsure {
  readonly transaction: string
  readonly records: Batch['records']
  readonly minutes: readonly ObjectiveMinute[]
}

const NOT_KNOWN_YET =
  'the record store lost its connection at the end of a batch, and cannot say yet whether it was kept'

interface Rows {
  readonly records: string
  readonly contents: string | undefined
  readonly startedMs: readonly number[]
}

/** One batch after the other: what is known of a commit is known of the last one only. */
export function createWriter(session: Session, days: Days): (batch: Batch) => Promise<void> {
  const write = createUnorderedWriter(session, days)
  let turn: Promise<void> = Promise.resolve()
  return (batch) => {
    const written = turn.then(() => write(batch))
    turn = written.catch(() => undefined)
    return written
  }
}

function createUnorderedWriter(session: Session, days: Days): (batch: Batch) => Promise<void> {
  let unsure: Unsure | undefined
  /** Minutes that were counted though their batch was said to have failed: the next one brings them again. */
  let counted: readonly ObjectiveMinute[] = []
  /** Records that were kept by such a batch: some callers bring them again as well. */
  let kept: Batch['records'] = []

  /** Rejects while it cannot be known. */
  const settle = async (): Promise<boolean> => {
    if (unsure === undefined) return false
    const { transaction, records, minutes } = unsure
    const [row] = await session.run((ask) => ask('select pg_xact_status($1::xid8) as status', [transaction]))
    const status = row?.['status']
    if (status === 'in progress') throw new RecordStoreError('unreachable', NOT_KNOWN_YET)
    unsure = undefined
    if (status !== 'committed') return false
    counted = toDeltas([...counted, ...minutes])
    kept = records
    return true
  }

  const insert = async ({ records, contents, minutes }: Batch): Promise<void> => {
    const rows = toRows({ records, contents })
    await days.ensure(rows.startedMs)
    await session.run(async (ask) => {
      await ask('begin')
      const [row] = await ask('select pg_current_xact_id()::text as id')
      await insertRows(ask, rows)
      await addMinutes(ask, minutes)
      // From here until the answer nobody knows.
      unsure = { transaction: String(row?.['id']), records, minutes }
      await ask('commit')
      unsure = undefined
    })
  }

  return async (batch) => {
    await settle()
    const rest: Batch = {
      records: isSame(batch.records, kept) ? batch.records.slice(kept.length) : batch.records,
      contents: batch.contents,
      minutes: subtract(batch.minutes, counted),
    }
    try {
      await insertAgainWithoutTable(() => insert(rest), days)
    } catch (thrown) {
      // Often the server can be asked at once; where it cannot, the next batch asks.
      if (unsure === undefined || !(await settle().catch(() => false))) throw thrown
    }
    counted = []
    kept = []
  }
}

/** Whether the first records are those that were kept before. */
function isSame(records: Batch['records'], kept: Batch['records']): boolean {
  return (
    records.length >= kept.length &&
    kept.every(({ record }, at) => {
      const again = records[at]?.record
      return again?.id === record.id && again.startedAtMs === record.startedAtMs
    })
  )
}

async function insertAgainWithoutTable(insert: () => Promise<void>, days: Days): Promise<void> {
  try {
    await insert()
  } catch (thrown) {
    if (!isWithoutPartition(thrown)) throw thrown
    days.forget()
    await insert()
  }
}

async function insertRows(ask: Ask, { records, contents, startedMs }: Rows): Promise<void> {
  if (startedMs.length > 0) await ask(INSERT_RECORDS, [records])
  if (contents !== undefined) await ask(INSERT_CONTENTS, [contents])
}

function toRows({ records, contents }: Pick<Batch, 'records' | 'contents'>): Rows {
  const rows = records.map(toRecordRow)
  const texts = contents.map(({ requestId, prompt, answer, isCut }) => ({
    request_id: toSafeText(requestId),
    is_cut: isCut,
    // Twice JSON: what it may hold and a text of PostgreSQL may not stays escaped.
    body: JSON.stringify({ prompt, answer }),
  }))
  return {
    records: JSON.stringify(rows),
    contents: texts.length === 0 ? undefined : JSON.stringify(texts),
    startedMs: rows.map(({ started_ms: started }) => Number(started)),
  }
}
