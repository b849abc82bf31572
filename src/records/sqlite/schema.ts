// The tables of the record store and how one version of them becomes the next. A step that was released is never changed.
import type { DatabaseSync } from 'node:sqlite'
import { PHASES } from '../../core/record.ts'
import { RecordStoreError } from '../store.ts'

/** `WRec` in the file's header: tells our file from another program's (sqlite.org/fileformat2.html, offset 68). */
const APPLICATION_ID = 0x57526563

/** Phases as columns: `client-stall` -> `client_stall_ms`. */
export const PHASE_COLUMNS = PHASES.map((phase) => `${phase.replaceAll('-', '_')}_ms`)

/**
 * What is searched and measured stands in `records`, narrow enough to be read through; the rest in `details`.
 * `seq` is the start of the request in milliseconds, times 2048, plus a number within the millisecond: rows lie in the
 * order of time. Texts that occur again and again are numbers of `words`; a text beyond the most words that are kept
 * stands itself in such a column, behind a `=`. `start_ms` is only set where it is not what `seq` says.
 */
const RECORDS_1 = `
  CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    duration_ms REAL NOT NULL, first_token_ms REAL, output_tokens INTEGER,
    status INTEGER NOT NULL, outcome INTEGER, cause INTEGER, endpoint INTEGER,
    model_routed INTEGER, model_asked INTEGER, backend INTEGER, key INTEGER, tenant INTEGER
  );
  CREATE TABLE details (
    seq INTEGER PRIMARY KEY, start_ms REAL, id BLOB NOT NULL,
    trace_id BLOB, parent_span_id BLOB, flags INTEGER NOT NULL,
    method INTEGER, dialect INTEGER, operation INTEGER, fallback_from INTEGER, fallback_reason INTEGER,
    model_answered INTEGER, provider INTEGER, finish_reason INTEGER,
    cost_currency INTEGER, queued_backend INTEGER, code INTEGER, blame INTEGER, interrupted_by INTEGER, shed INTEGER,
    request_bytes INTEGER, response_bytes INTEGER, prompt_bytes INTEGER,
    prompt_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER,
    cost_micros INTEGER, queue_position INTEGER, queue_wait_ms REAL, stalls INTEGER, verdict_share REAL, offload_ratio REAL, loop_stall_ms REAL,
    ${PHASE_COLUMNS.map((column) => `${column} REAL`).join(', ')},
    verdict_text TEXT, attempts BLOB, gap_bounds INTEGER, gaps BLOB
  );
  CREATE TABLE id_blocks (
    block INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, hashes BLOB NOT NULL, seqs BLOB NOT NULL
  );
  CREATE INDEX records_failed ON records (seq) WHERE status >= 400;
  CREATE TABLE contents (
    seq INTEGER PRIMARY KEY, prompt TEXT NOT NULL, answer TEXT NOT NULL, is_cut INTEGER NOT NULL
  );`

const COUNTS_1 = `
  CREATE TABLE objectives (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE minutes (
    minute INTEGER NOT NULL, objective INTEGER NOT NULL,
    good INTEGER NOT NULL, total INTEGER NOT NULL, excluded INTEGER NOT NULL,
    PRIMARY KEY (minute, objective)
  ) WITHOUT ROWID;
  CREATE TABLE hours (
    hour INTEGER NOT NULL, objective INTEGER NOT NULL,
    good INTEGER NOT NULL, total INTEGER NOT NULL, excluded INTEGER NOT NULL, minutes INTEGER NOT NULL,
    PRIMARY KEY (hour, objective)
  ) WITHOUT ROWID;
  CREATE TABLE documents (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`

/** For people who look into the file with a tool of their own: the columns they ask for, in words. */
const VIEW_1 = `
  CREATE VIEW requests AS SELECT
    CASE typeof(d.id) WHEN 'blob' THEN 'req_' || lower(hex(d.id)) ELSE d.id END AS id,
    strftime('%Y-%m-%dT%H:%M:%fZ', r.seq / 2048 / 1000.0, 'unixepoch') AS started_at,
    r.duration_ms, r.first_token_ms, r.status, o.text AS outcome, c.text AS code, e.text AS endpoint,
    m.text AS model, b.text AS backend, k.text AS key, t.text AS tenant,
    d.prompt_tokens, r.output_tokens, ca.text AS cause, d.verdict_text AS why
  FROM records r JOIN details d USING (seq)
    LEFT JOIN words o ON o.id = r.outcome LEFT JOIN words c ON c.id = d.code
    LEFT JOIN words e ON e.id = r.endpoint LEFT JOIN words m ON m.id = r.model_routed
    LEFT JOIN words b ON b.id = r.backend LEFT JOIN words k ON k.id = r.key
    LEFT JOIN words t ON t.id = r.tenant LEFT JOIN words ca ON ca.id = r.cause;`

const STEPS: readonly string[] = [RECORDS_1 + COUNTS_1 + VIEW_1]

export const SCHEMA_VERSION = STEPS.length

/** Brings the tables up to this version in one transaction. Writes nothing where they are. */
export function migrate(db: DatabaseSync, file: string): void {
  if (readVersion(db, file) === SCHEMA_VERSION) return
  db.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been faster.
    for (const step of STEPS.slice(readVersion(db, file))) db.exec(step)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
    db.exec('COMMIT')
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw thrown
  }
}

/** 0 for a file without tables. Refuses a file that is another program's, or a later Weir's. */
export function readVersion(db: DatabaseSync, file: string): number {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (db.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID) {
    const hasTables = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
    if (!hasTables) return 0
    const message = `The file ${file} is a database of another program: name another folder with \`data\`.`
    throw new RecordStoreError('foreign', message)
  }
  if (version <= SCHEMA_VERSION) return version
  const message = `The records in ${file} were written by a newer version of Weir (their tables are version ${version}, this one knows ${SCHEMA_VERSION}): update this one, or name another folder with \`data\`.`
  throw new RecordStoreError('newer', message)
}
