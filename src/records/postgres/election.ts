// Who leads among the gateways of one PostgreSQL: whoever holds an advisory lock, on a connection that does nothing else.
// The lock is the session's: it is gone when the process, the connection or the server is.
import type { Socket } from 'node:net'
import { Client } from 'pg'
import { sleep, type Clock } from '../../core/clock.ts'
import type { Election } from '../../core/documents.ts'
import { NoAnswer, toStoreError } from './failure.ts'
import { LOCK_SPACE, LOCKS, lockKey } from './schema.ts'
import { closed, toClientSettings, type SessionSettings } from './session.ts'

/**
 * A leader asks every few seconds. One that has not for so long is cut off, hung or asleep: the server ends its session, and
 * with it the lock, also where no packet tells that the other side is gone.
 */
const SILENT_LEADER_MS = 60_000

/** Takes the lock if nobody has it, once: asked again while it is held, it would have to be given back as often. */
const LEAD = `
  select coalesce((
    select true from pg_locks
    where locktype = 'advisory' and classid = ${LOCK_SPACE} and objid = (${lockKey(LOCKS.leader)})::bit(32)::bigint::oid
      and objsubid = 2 and pid = pg_backend_pid() and granted
      and database = (select oid from pg_database where datname = current_database())
  ), pg_try_advisory_lock(${LOCK_SPACE}, ${lockKey(LOCKS.leader)})) as leads`

interface Seat {
  readonly client: Client
  readonly socket: Socket | undefined
  isLost: boolean
}

async function connect({ url, connectMs, answerMs }: SessionSettings): Promise<Seat> {
  let socket: Socket | undefined
  const client = new Client(toClientSettings(url, connectMs, (made) => (socket = made)))
  // The client makes its socket at once.
  const seat: Seat = { client, socket, isLost: false }
  const lose = (): void => void (seat.isLost = true)
  client.on('error', lose).on('end', lose)
  try {
    await client.connect()
    await client.query(`set statement_timeout = ${answerMs}; set idle_session_timeout = ${SILENT_LEADER_MS}`)
    return seat
  } catch (thrown) {
    socket?.destroy()
    throw thrown
  }
}

export function createElection(settings: SessionSettings, clock: Clock): Election & { close(): void } {
  const { shown, connectMs, answerMs } = settings
  let seat: Promise<Seat> | undefined
  let isClosed = false

  const leave = (): void => {
    const left = seat
    seat = undefined
    // The socket is cut rather than closed in good order: a server that does not answer would not answer to that either.
    left?.then(({ socket }) => socket?.destroy()).catch(() => undefined)
  }
  const take = async (): Promise<boolean> => {
    const current = await seat
    if (current?.isLost === true) seat = undefined
    const { client } = await (seat ??= connect(settings))
    const { rows } = await client.query<{ leads: boolean }>(LEAD)
    return rows[0]?.leads === true
  }
  return {
    async lead() {
      if (isClosed) throw closed(settings)
      const limitMs = connectMs + answerMs
      const { promise: late, reject } = Promise.withResolvers<never>()
      const stop = clock.after(limitMs, () => reject(new NoAnswer(limitMs)))
      try {
        return await Promise.race([take(), late])
      } catch (thrown) {
        // Who cannot ask does not lead: the lock goes with the connection.
        leave()
        throw toStoreError(thrown, shown)
      } finally {
        stop()
      }
    },
    async resign() {
      try {
        const current = await seat
        await Promise.race([current?.client.query('select pg_advisory_unlock_all()'), sleep(clock, answerMs)])
      } catch {
        // Then the end of the connection is what lets others take over.
      }
      leave()
    },
    close() {
      isClosed = true
      leave()
    },
  }
}
