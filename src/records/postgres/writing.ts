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
  readonly batch: Batch
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
  const commits = createCommits(session)
  const insert = async (batch: Batch): Promise<void> => {
    const rows = toRows(batch)
    await days.ensure(rows.startedMs)
    await session.run(async (ask) => {
      await ask('begin')
      const [row] = await ask('select pg_current_xact_id()::text as id')
      await insertRows(ask, rows)
      await addMinutes(ask, batch.minutes)
      await commits.during(String(row?.['id']), batch, () => ask('commit'))
    })
  }
  return async (batch) => {
    await commits.settle()
    try {
      await insertAgainWithoutTable(() => insert(commits.restOf(batch)), days)
    } catch (thrown) {
      // Often the server can be asked at once; where it cannot, the next batch asks.
      if (!(await commits.settle().catch(() => false))) throw thrown
    }
    commits.forget(batch)
  }
}

/** What is known of commits that nobody answered. */
interface Commits {
  /** Finds out about the last one; true when it was made after all. Rejects while that cannot be known. */
  settle(): Promise<boolean>
  /** A batch without what such a commit has kept already: who was told of a failure brings it again. */
  restOf(batch: Batch): Batch
  during(transaction: string, batch: Batch, commit: () => Promise<unknown>): Promise<void>
  /** What this batch brought again has been written. Its minutes may come later: none do while somebody reads the sums. */
  forget(written: Batch): void
}

function createCommits(session: Session): Commits {
  let unsure: Unsure | undefined
  let counted: readonly ObjectiveMinute[] = []
  let kept: Batch['records'] = []
  return {
    async settle() {
      if (unsure === undefined) return false
      const { transaction, batch } = unsure
      const status = await readStatus(session, transaction)
      if (status === 'in progress') throw new RecordStoreError('unreachable', NOT_KNOWN_YET)
      unsure = undefined
      if (status !== 'committed') return false
      counted = toDeltas([...counted, ...batch.minutes])
      kept = batch.records
      return true
    },
    restOf: ({ records, contents, minutes }) => ({
      records: isSame(records, kept) ? records.slice(kept.length) : records,
      contents,
      minutes: subtract(minutes, counted),
    }),
    async during(transaction, batch, commit) {
      unsure = { transaction, batch }
      await commit()
      unsure = undefined
    },
    forget({ minutes }) {
      counted = subtract(counted, minutes)
      kept = []
    },
  }
}

/** Undefined where the server cannot know: it is another one, or a copy that was behind. */
async function readStatus(session: Session, transaction: string): Promise<unknown> {
  try {
    const [row] = await session.run((ask) => ask('select pg_xact_status($1::xid8) as status', [transaction]))
    return row?.['status']
  } catch (thrown) {
    if (thrown instanceof RecordStoreError && thrown.reason === 'other') return undefined
    throw thrown
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

function toRows({ records, contents }: Batch): Rows {
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
