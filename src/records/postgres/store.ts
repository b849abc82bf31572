// The request store in PostgreSQL, for gateways that share one: what it is made of, and how it is opened.
import type { Clock } from '../../core/clock.ts'
import type { StorePlace } from '../config.ts'
import { RecordStoreError, type RecordStore } from '../store.ts'
import { aggregate } from './aggregate.ts'
import { createDays } from './days.ts'
import { createDocuments } from './documents.ts'
import { createElection } from './election.ts'
import { createMinutes } from './minutes.ts'
import { createReading } from './reading.ts'
import { purge, readBytes, retain } from './retention.ts'
import { migrate, readVersion } from './schema.ts'
import { openSession, type Session, type SessionSettings } from './session.ts'
import { createWriter } from './writing.ts'

export type PostgresStore = RecordStore & Pick<ReturnType<typeof createReading>, 'slice'>

export interface PostgresStoreOptions {
  readonly place: Extract<StorePlace, { kind: 'postgres' }>
  readonly clock: Clock
  /** False for who only looks or removes: tables that are not there are an error then. */
  readonly makesTables?: boolean
  readonly connections?: number
  readonly connectMs?: number
  readonly answerMs?: number
}

/** One writes, one counts for the objectives, the rest read. A server has a hundred for everybody, by its defaults. */
const CONNECTIONS = 4
const CONNECT_MS = 5_000
/** A page or a percentile takes milliseconds: what takes longer than this is stuck. */
const ANSWER_MS = 20_000

/** Makes the tables where they are missing. Rejects with a RecordStoreError. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { place, clock, makesTables = true } = options
  const settings: SessionSettings = {
    url: place.secret.reveal(),
    shown: place.shown,
    connections: options.connections ?? CONNECTIONS,
    connectMs: options.connectMs ?? CONNECT_MS,
    answerMs: options.answerMs ?? ANSWER_MS,
  }
  const session = openSession(settings, clock)
  const days = createDays(session)
  try {
    await (makesTables ? migrate(session) : demandTables(session, place.shown))
    if (makesTables) await days.prepare(clock.wall())
  } catch (thrown) {
    await session.close()
    throw thrown
  }
  return toStore(session, { days, election: createElection(settings, clock) })
}

async function demandTables(session: Session, shown: string): Promise<void> {
  if ((await session.run(readVersion)) > 0) return
  throw new RecordStoreError('missing', `the record store at ${shown} is empty: no gateway has used it yet`)
}

interface Parts {
  readonly days: ReturnType<typeof createDays>
  readonly election: ReturnType<typeof createElection>
}

function toStore(session: Session, { days, election }: Parts): PostgresStore {
  return {
    documents: createDocuments(session),
    election,
    ...createReading(session),
    ...createMinutes(session),
    write: createWriter(session, days),
    aggregate: (query) => aggregate(session, query),
    retain: (retention, nowMs) => retain({ session, days }, retention, nowMs),
    purge: (query) => purge(session, query),
    bytes: () => session.run(readBytes),
    async close() {
      election.close()
      await session.close()
    },
  }
}
