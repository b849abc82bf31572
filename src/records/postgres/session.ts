// Connections to one PostgreSQL server: a few of them, each question with an end, and a new connection after every failure.
// No question is put twice here: what is lost with a connection may have been done.
import { Socket } from 'node:net'
import { Pool, type ClientBase, type PoolClient } from 'pg'
import { sleep, type Clock } from '../../core/clock.ts'
import { RecordStoreError } from '../store.ts'
import { NoAnswer, toStoreError } from './failure.ts'

export type Row = Readonly<Record<string, unknown>>

/** Puts one statement to the connection it was made for. */
export type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>

/** Every failure is a RecordStoreError. */
export interface Session {
  /** Runs the work on one connection; rejects when all of it together takes longer than it may. */
  run<T>(work: (ask: Ask) => Promise<T>, limitMs?: number): Promise<T>
  /** The same as one transaction: everything of it, or nothing. */
  transaction<T>(work: (ask: Ask) => Promise<T>, limitMs?: number): Promise<T>
  close(): Promise<void>
}

export interface SessionSettings {
  readonly url: string
  /** The same for people, without its password. */
  readonly shown: string
  readonly connections: number
  /** For a connection, and for a place in the pool. */
  readonly connectMs: number
  /** For all statements of one piece of work together. */
  readonly answerMs: number
}

/** A lock that is not to be had soon is somebody else's long work: the batch is tried again rather than kept waiting. */
const LOCK_WAIT_MS = 5_000
/** The server gives up a little before we do, so that its reason is what we hear. */
const SERVER_HEAD_START_MS = 250
/** Without it the other side of a cut cable is found out after two hours. */
const KEEP_ALIVE_AFTER_MS = 10_000
const IDLE_MS = 30_000
const CLOSE_MS = 1_000

/** What both kinds of connection share. Sockets are ours, so that one that is stuck can be ended for good. */
export function toClientSettings(url: string, connectMs: number, keep: (socket: Socket) => void) {
  return {
    connectionString: toVerifying(url),
    application_name: 'weir',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    stream: () => {
      const socket = new Socket()
      keep(socket)
      return socket
    },
  }
}

/**
 * The library takes these words of libpq for `verify-full`, and warns that a later version will take them for less. What is
 * written is what it means now: the server's certificate is checked. `no-verify` says that it is not.
 */
function toVerifying(url: string): string {
  const parsed = new URL(url)
  const mode = parsed.searchParams.get('sslmode')
  if (mode === null || !['prefer', 'require', 'verify-ca'].includes(mode)) return url
  parsed.searchParams.set('sslmode', 'verify-full')
  return parsed.href
}

export function openSession(settings: SessionSettings, clock: Clock): Session {
  const sockets = new Set<Socket>()
  const pool = openPool(settings, sockets)
  const greeted = new WeakSet<ClientBase>()

  async function connect(): Promise<PoolClient> {
    if (pool.ending) throw closed(settings)
    try {
      return await pool.connect()
    } catch (thrown) {
      throw toStoreError(thrown, settings.shown)
    }
  }

  async function run<T>(work: (ask: Ask) => Promise<T>, limitMs = settings.answerMs): Promise<T> {
    const client = await connect()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const stop = clock.after(limitMs, () => void setImmediate(() => reject(new NoAnswer(limitMs))))
    const usesOwnLimit = limitMs !== settings.answerMs
    const inOrder = async (): Promise<T> => {
      if (!greeted.has(client)) await client.query(toGreeting(settings.answerMs))
      greeted.add(client)
      if (usesOwnLimit) await client.query(toTimeout(limitMs))
      const result = await work(toAsk(client))
      if (usesOwnLimit) await client.query(toTimeout(settings.answerMs))
      return result
    }
    try {
      const result = await Promise.race([inOrder(), late])
      client.release()
      return result
    } catch (thrown) {
      // Whatever state it is in: failures are rare, and a connection is made in a few milliseconds.
      client.release(true)
      throw toStoreError(thrown, settings.shown)
    } finally {
      stop()
    }
  }

  return {
    run,
    transaction: (work, limitMs) => run((ask) => inTransaction(ask, work), limitMs),
    async close() {
      if (pool.ending) return
      await Promise.race([pool.end(), sleep(clock, CLOSE_MS)])
      for (const socket of sockets) socket.destroy()
    },
  }
}

export function closed({ shown }: SessionSettings): RecordStoreError {
  return new RecordStoreError('closed', `the record store at ${shown} was closed`)
}

function openPool({ url, connections, connectMs }: SessionSettings, sockets: Set<Socket>): Pool {
  const pool = new Pool({
    ...toClientSettings(url, connectMs, (socket) => {
      sockets.add(socket)
      socket.once('close', () => void sockets.delete(socket))
    }),
    max: connections,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
  })
  // Without listeners an idle connection that is lost ends the process; the next question finds out by itself.
  pool.on('error', ignore)
  pool.on('connect', (client: PoolClient) => void client.on('error', ignore))
  return pool
}

const ignore = (): void => undefined

export function toAsk(client: ClientBase): Ask {
  return async (text, values) => {
    const { rows } = await client.query<Row>(text, values === undefined ? undefined : [...values])
    return rows
  }
}

function toGreeting(answerMs: number): string {
  return `${toTimeout(answerMs)}; set lock_timeout = ${LOCK_WAIT_MS}; set idle_in_transaction_session_timeout = ${answerMs}`
}

function toTimeout(limitMs: number): string {
  return `set statement_timeout = ${Math.max(1, limitMs - SERVER_HEAD_START_MS)}`
}

/** A failure needs no rollback: it ends the connection, and with it the transaction. */
async function inTransaction<T>(ask: Ask, work: (ask: Ask) => Promise<T>): Promise<T> {
  await ask('begin')
  const result = await work(ask)
  await ask('commit')
  return result
}
