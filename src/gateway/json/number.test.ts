import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNumber } from './number.ts'

test('a number is what JSON.parse makes of it, whatever its form', () => {
  const forms = [
    '0',
    '7',
    '123456789012345',
    '1234567890123456',
    '18446744073709551615',
    '-1',
    '4.06e2',
    '1E+3',
    '0.25',
  ]
  for (const form of forms) {
    const bytes = Buffer.from(`[${form}]`)
    assert.equal(readNumber(bytes, 1, bytes.length - 1), JSON.parse(form), form)
  }
})
