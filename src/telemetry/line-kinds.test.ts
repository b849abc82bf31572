import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import { toRecord } from './fixtures/record.ts'
import { LineKinds } from './line-kinds.ts'

const textOf = (kinds: LineKinds, record: RequestRecord): string => kinds.of(record).toString()

/** One other value for each field of the middle. */
const OTHERS: Partial<RequestRecord> = {
  method: 'GET',
  endpoint: '/api/chat',
  dialect: 'ollama',
  operation: 'embeddings',
  modelAsked: 'alias',
  modelRouted: 'other',
  modelAnswered: 'third',
  fallbackFrom: 'first',
  backend: 'gpu-2',
  key: 'team-b',
  tenant: 'tenant-b',
  stream: true,
  status: 502,
  outcome: 'backend_error',
  code: 'backend_error',
  blame: 'backend',
  shed: 'memory',
  interruptedBy: 'caller',
  finishReason: 'length',
  cold: true,
}

test('a kind is never taken for another: whatever differs is written anew', () => {
  const kinds = new LineKinds()
  const plain = textOf(kinds, toRecord())
  for (const [field, value] of Object.entries(OTHERS)) {
    const record = { ...toRecord(), [field]: value }
    const expected = textOf(new LineKinds(), record)
    assert.notEqual(expected, plain, field)
    assert.equal(textOf(kinds, record), expected, field)
    assert.equal(textOf(kinds, toRecord()), plain, `after ${field}`)
  }
  const fallback = { ...toRecord(), fallbackFrom: 'first', fallbackReason: 'backend_error' } as const
  const other = { ...fallback, fallbackReason: 'no_backend' } as const
  assert.notEqual(textOf(kinds, fallback), textOf(kinds, other))
})

test('any number of kinds is written right, and few of them are kept', () => {
  const kinds = new LineKinds()
  const asked = (index: number): RequestRecord => ({ ...toRecord(), modelAsked: `made up ${index}` })
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 100; index += 1) {
      assert.match(textOf(kinds, asked(index)), new RegExp(`"model_asked":"made up ${index}"`))
      assert.match(textOf(kinds, asked(index)), new RegExp(`"model_asked":"made up ${index}"`))
    }
  }
})

test('what one request alone has is not written, and not kept', () => {
  const kinds = new LineKinds()
  const middle = kinds.of(toRecord())
  const another = { ...toRecord(), id: 'req_other', durationMs: 9, startedAtMs: 1, responseBytes: 3 }
  assert.equal(kinds.of(another), middle)
  assert.doesNotMatch(middle.toString(), /req_/)
})
