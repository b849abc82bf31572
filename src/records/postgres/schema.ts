// The tables in PostgreSQL, version by version, and the lock under which gateways that start together change them.
// A released version is never edited: what comes later is a step of its own.
import { RecordStoreError } from '../store.ts'
import type { Ask, Session } from './session.ts'

/** The first part of every advisory lock of ours: `weir` in ASCII. The second is the schema, so that two stores share a database. */
export const LOCK_SPACE = 0x77656972
/** Locks of one schema, told apart. */
export const LOCKS = { tables: 0, leader: 1, retention: 2 } as const
/** An expression for the second part of a lock. */
export const lockKey = (lock: number): string => `hashtext(current_schema() || ':${lock}')`

/** Partitions are detached without a lock on the whole (14), as indexes of new ones are attached. */
const LEAST_SERVER = 140_000
const SERVER_MAJOR = 10_000

const STEPS: readonly (readonly string[])[] = [
  [
    'create sequence weir_record_seq cache 64',
    // `body` is text: what JSON may hold and PostgreSQL may not (U+0000) is kept in it as it is.
    `create table weir_records (
      started_ms bigint not null,
      seq bigint not null default nextval('weir_record_seq'),
      id text not null,
      status integer not null,
      duration_ms double precision not null,
      first_token_ms double precision,
      per_token_ms double precision,
      model_asked text,
      model_routed text,
      backend text,
      key text,
      tenant text,
      endpoint text not null,
      outcome text not null,
      cause text,
      body text not null
    ) partition by range (started_ms)`,
    'create index on weir_records (started_ms, seq)',
    'create index on weir_records (id)',
    // What people look for most is rare: the failures.
    'create index on weir_records (started_ms, seq) where status >= 400',
    `create table weir_contents (
      started_ms bigint not null,
      request_id text not null,
      key text,
      tenant text,
      is_cut boolean not null,
      body text not null
    ) partition by range (started_ms)`,
    'create index on weir_contents (request_id)',
    `create table weir_minutes (
      objective text collate "C" not null,
      minute bigint not null,
      good bigint not null,
      total bigint not null,
      left_out bigint not null,
      primary key (objective, minute)
    )`,
    'create index on weir_minutes (minute)',
    `create table weir_hours (
      objective text collate "C" not null,
      minute bigint not null,
      good bigint not null,
      total bigint not null,
      left_out bigint not null,
      minutes integer not null,
      primary key (objective, minute)
    )`,
    'create index on weir_hours (minute)',
    'create table weir_documents (name text collate "C" primary key, body text not null)',
  ],
]

export const SCHEMA_VERSION = STEPS.length

/** By a query: `to_regclass` answers from what its connection remembers, also after somebody else has made the table. */
const FIND_SCHEMA = `
  select exists (
    select from pg_class where relname = 'weir_schema' and relnamespace = current_schema()::regnamespace
  ) as found`

/** 0 where nothing is there yet. */
export async function readVersion(ask: Ask): Promise<number> {
  const [server] = await ask(`select current_setting('server_version_num')::int as version`)
  const serverVersion = Number(server?.['version'])
  if (serverVersion < LEAST_SERVER) {
    const [have, need] = [serverVersion, LEAST_SERVER].map((each) => Math.floor(each / SERVER_MAJOR))
    throw new RecordStoreError(
      'foreign',
      `the record store is PostgreSQL ${have}: ${need} is the least it can be`,
    )
  }
  const [found] = await ask(FIND_SCHEMA)
  if (found?.['found'] !== true) return 0
  const [row] = await ask('select version from weir_schema')
  const version = Number(row?.['version'] ?? 0)
  if (version > SCHEMA_VERSION) {
    throw new RecordStoreError(
      'newer',
      `a newer version of Weir has changed the tables of the record store (${version}, this one knows ${SCHEMA_VERSION})`,
    )
  }
  return version
}

/** Brings the tables to this version. Asks for the right to create only where something is to be created. */
export async function migrate(session: Session): Promise<void> {
  if ((await session.run(readVersion)) === SCHEMA_VERSION) return
  await session.transaction(async (ask) => {
    await ask(`select pg_advisory_xact_lock(${LOCK_SPACE}, ${lockKey(LOCKS.tables)})`)
    const version = await readVersion(ask)
    if (version === SCHEMA_VERSION) return
    if (version === 0) await ask('create table if not exists weir_schema (version integer not null)')
    for (const step of STEPS.slice(version)) for (const statement of step) await ask(statement)
    await ask('delete from weir_schema')
    await ask('insert into weir_schema values ($1)', [SCHEMA_VERSION])
  })
}
