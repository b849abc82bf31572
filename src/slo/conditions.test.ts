import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../core/clock.ts'
import { createConditions, type Condition } from './conditions.ts'
import { createWithin } from './engine/patience.ts'
import { createMemoryStore, type MemoryStore } from './fixtures/store.ts'

const MINUTE_MS = 60_000

function toCondition(backend: string, forMs = MINUTE_MS): Condition {
  const facts = { kind: 'backend-down', backend, reason: 'refused', models: [] } as const
  return { alert: { name: 'BackendDown', labels: { backend }, severity: 'page', facts }, forMs }
}

function open(clock: ManualClock, store: MemoryStore) {
  const failures: unknown[] = []
  const conditions = createConditions({
    ...{ clock, documents: store.documents, within: createWithin(clock) },
    onFailure: (cause) => void failures.push(cause),
  })
  const names = async (...holding: Condition[]) =>
    (await conditions.note(holding)).map(({ labels }) => labels['backend'])
  return { conditions, failures, names }
}

test('a condition that pauses begins anew', async () => {
  const clock = createManualClock()
  const { names } = open(clock, createMemoryStore())
  await names(toCondition('a'))
  clock.advance(MINUTE_MS)
  assert.deepEqual(await names(toCondition('a')), ['a'])
  assert.deepEqual(await names(), [])
  assert.deepEqual(await names(toCondition('a')), [])
})

test('one that is found twice is one', async () => {
  const { names } = open(createManualClock(), createMemoryStore())
  assert.deepEqual(await names(toCondition('a', 0), toCondition('a', 0), toCondition('b', 0)), ['a', 'b'])
})

test('what is kept is written when it changes and once a minute, not at every look', async () => {
  const clock = createManualClock()
  const store = createMemoryStore()
  let writes = 0
  const documents = {
    ...store.documents,
    write: (name: string, text: string) => {
      writes += 1
      return store.documents.write(name, text)
    },
  }
  const conditions = createConditions({
    ...{ clock, documents, within: createWithin(clock) },
    onFailure: (cause) => assert.fail(String(cause)),
  })
  for (let at = 0; at < 8; at += 1) {
    await conditions.note([toCondition('a')])
    clock.advance(15_000)
  }
  assert.equal(writes, 2)
  await conditions.note([])
  await conditions.note([])
  assert.equal(writes, 3)
})

test('a document that is broken, or of another version, is none', async () => {
  for (const text of ['', 'null', '[]', '{"atMs":"now"}', '{"atMs":1,"since":[1,["a"]]}', '{"atMs":']) {
    const clock = createManualClock()
    const store = createMemoryStore()
    await store.documents.write('slo/conditions', text)
    const { conditions, names } = open(clock, store)
    await conditions.restore()
    assert.deepEqual(await names(toCondition('a')), [], text)
  }
})

test('a document that cannot be written is told, and what holds is known all the same', async () => {
  const store = createMemoryStore()
  const { failures, names } = open(createManualClock(), store)
  store.isDown = true
  assert.deepEqual(await names(toCondition('a', 0)), ['a'])
  assert.equal(failures.length, 1)
})
