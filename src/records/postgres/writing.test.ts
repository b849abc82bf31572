import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectiveMinute } from '../../core/minutes.ts'
import { toStored } from '../fixtures/record.ts'
import { RecordStoreError, type Batch } from '../store.ts'
import type { Days } from './days.ts'
import type { Ask, Session } from './session.ts'
import { createWriter } from './writing.ts'

interface FakeServer {
  readonly session: Session
  readonly counted: Map<string, number>
  records: number
  /** The next commit is made, and its answer is lost with the connection. */
  losesAnswer: boolean
  isGone: boolean
}

/** Keeps what a transaction brought when it commits, and knows which were committed. */
function startServer(): FakeServer {
  const committed = new Set<string>()
  let transactions = 0
  const server: FakeServer = {
    session: {
      run: (work) => (server.isGone ? Promise.reject(lost()) : work(connect())),
      transaction: (work) => work(connect()),
      close: () => Promise.resolve(),
    },
    ...{ counted: new Map(), records: 0, losesAnswer: false, isGone: false },
  }
  const lost = (): RecordStoreError => new RecordStoreError('unreachable', 'the connection is lost')
  const connect = (): Ask => {
    const id = String((transactions += 1))
    const doings: (() => void)[] = []
    return async (text, values = []) => {
      if (text.includes('pg_current_xact_id')) return [{ id }]
      if (text.includes('pg_xact_status'))
        return [{ status: committed.has(String(values[0])) ? 'committed' : 'aborted' }]
      const rows = values.length === 0 ? [] : (JSON.parse(String(values[0])) as readonly ObjectiveMinute[])
      if (text.includes('weir_minutes'))
        doings.push(() => {
          for (const { objective, total } of rows)
            server.counted.set(objective, (server.counted.get(objective) ?? 0) + total)
        })
      if (text.includes('into weir_records')) doings.push(() => (server.records += rows.length))
      if (text === 'commit') {
        committed.add(id)
        for (const doing of doings) doing()
        if (!server.losesAnswer) return []
        server.losesAnswer = false
        server.isGone = true
        throw lost()
      }
      return []
    }
  }
  return server
}

const DAYS: Days = {
  ensure: () => Promise.resolve(),
  prepare: () => Promise.resolve(),
  forget: () => undefined,
}

const toMinutes = (total: number): readonly ObjectiveMinute[] => [
  { objective: 'chat', minute: 100, good: total, total, excluded: 0 },
]

const toBatch = (change: Partial<Batch>): Batch => ({ records: [], contents: [], minutes: [], ...change })

test('what a commit without an answer has counted is not counted again', async () => {
  const server = startServer()
  const write = createWriter(server.session, DAYS)
  const records = [toStored({ id: 'a' })]
  server.losesAnswer = true
  await assert.rejects(write(toBatch({ records, minutes: toMinutes(5) })), { reason: 'unreachable' })
  server.isGone = false
  await write(toBatch({ records, minutes: toMinutes(7) }))
  assert.deepEqual([server.counted.get('chat'), server.records], [7, 1])
  await write(toBatch({ minutes: toMinutes(2) }))
  assert.equal(server.counted.get('chat'), 9)
})

test('nor when its records come again before its minutes, which wait while somebody reads', async () => {
  const server = startServer()
  const write = createWriter(server.session, DAYS)
  const records = [toStored({ id: 'a' })]
  server.losesAnswer = true
  await assert.rejects(write(toBatch({ records, minutes: toMinutes(5) })))
  server.isGone = false
  await write(toBatch({ records }))
  await write(toBatch({ minutes: toMinutes(7) }))
  assert.deepEqual([server.counted.get('chat'), server.records], [7, 1])
  await write(toBatch({ minutes: toMinutes(2) }))
  assert.equal(server.counted.get('chat'), 9)
})
