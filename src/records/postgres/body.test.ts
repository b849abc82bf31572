import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyStored, toRecord, toStored } from '../fixtures/record.ts'
import { parseBody, printBody } from './body.ts'

test('every record comes back from its text as it was', () => {
  fc.assert(
    fc.property(anyStored, (stored) => {
      assert.deepEqual(parseBody(printBody(stored)), stored)
    }),
    { numRuns: 300 },
  )
})

test('texts hold what PostgreSQL itself cannot', () => {
  const stored = toStored({ modelAsked: 'a\0b\ud800c', finishReason: '\u2028' })
  const text = printBody(stored)
  assert.ok(!text.includes('\0'))
  assert.ok(text.isWellFormed())
  assert.deepEqual(parseBody(text), stored)
})

test('phases that took no time are left out, the others keep every digit', () => {
  const { phases } = toRecord()
  const { record } = JSON.parse(printBody(toStored({ phases: { ...phases, queue: 0.1234567890123 } }))) as {
    record: { phases: unknown }
  }
  assert.deepEqual(record.phases, {
    ...{ queue: 0.1234567890123, connect: 0.25, prefill: 199.75, decode: 1_000.125, gateway: 0.125 },
  })
})
