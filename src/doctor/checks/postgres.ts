// Is the PostgreSQL that records are kept in reachable, fast, writable, and new enough?
import { field } from '../ask/json.ts'
import type { Check, Row } from '../check.ts'
import { fail, ok, warn, type Finding } from '../finding.ts'

/** PostgreSQL 13 was given up in November 2025 (postgresql.org, versioning policy). */
const LEAST_MAJOR = 14
const PER_MAJOR = 10_000
/** A batch of records is a few of these; slower and batches pile up. */
const SLOW_MS = 100

const QUESTIONS = [
  `select current_setting('server_version_num')::int as version, current_setting('server_version') as shown,
          pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly",
          current_schema() as schema,
          coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as "mayCreate"`,
  ...Array.from({ length: 5 }, () => 'select 1 as one'),
]

export const postgres: Check = {
  name: 'postgres',
  group: 'stores',
  question: 'Is PostgreSQL reachable, fast and writable?',
  subjects: ({ config }) => (config.records.store.kind === 'postgres' ? [''] : []),
  async ask({ setup }) {
    const { store } = setup.config.records
    if (store.kind !== 'postgres') return []
    try {
      const { rows, leastMs } = await setup.hands.askPostgres(QUESTIONS)
      return judge(store.shown, rows[0]?.[0], leastMs)
    } catch (thrown) {
      return toFinding(thrown)
    }
  },
}

function judge(shown: string, about: Row | undefined, ms: number): Finding {
  const major = Math.floor(Number(field(about, 'version')) / PER_MAJOR)
  const seen = `${shown}: PostgreSQL ${toVersion(field(about, 'shown'))}, ${ms.toFixed(1)} ms for a question`
  const means = 'No record can be kept there'
  if (major < LEAST_MAJOR)
    return fail(seen, {
      means: `${means}: ${LEAST_MAJOR} is the least it can be`,
      fix: 'update it (pg_upgrade)',
    })
  if (field(about, 'standby') === true || field(about, 'readOnly') === true)
    return fail(`${seen}; it is read-only`, {
      means,
      fix: 'records: { store: postgres://… } with the address of the primary',
    })
  const schema = field(about, 'schema')
  if (field(about, 'mayCreate') !== true) {
    return fail(
      `${seen}; this user may not create tables in ${typeof schema === 'string' ? schema : 'its schema'}`,
      {
        means: 'Each day needs a table of its own',
        fix: `GRANT CREATE, USAGE ON SCHEMA ${typeof schema === 'string' ? schema : 'public'} TO the user of the gateway;`,
      },
    )
  }
  return ms > SLOW_MS
    ? warn(seen, {
        means: 'Records are written late, and some are dropped under load',
        fix: 'put it nearer, or look at its load',
      })
    : ok(seen)
}

/** Distributions write their own number behind it. */
function toVersion(shown: unknown): string {
  return String(shown).split(' ')[0] ?? ''
}

const FIXES: Readonly<Record<string, string>> = {
  '28P01': 'correct user and password in records.store: "postgres://weir:${env:PG_PASSWORD}@HOST/weir"',
  '28000': 'correct user and password in records.store, or pg_hba.conf',
  '3D000': 'createdb weir, or correct the name behind the last slash of records.store',
  ECONNREFUSED: 'systemctl start postgresql; listen_addresses and port in postgresql.conf',
  ENOTFOUND: 'correct the host in records.store',
  '53300': 'raise max_connections, or end idle connections: select * from pg_stat_activity',
}

/** Its message is for people already, and has no password in it. */
function toFinding(thrown: unknown): Finding {
  const message = thrown instanceof Error ? thrown.message.replace(/\.$/, '') : 'it failed'
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return fail(message, {
    means: 'Records are held in memory for a while and then dropped',
    fix: FIXES[code] ?? 'pg_isready -h HOST -p PORT, and the log of the server',
  })
}
