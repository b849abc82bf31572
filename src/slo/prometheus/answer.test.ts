import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVector, type VectorAnswer } from './answer.ts'

const read = (body: unknown, status = 200): VectorAnswer =>
  readVector({ status, text: typeof body === 'string' ? body : JSON.stringify(body) }, 'http://prometheus')

const vector = (value: string, more: object = {}): unknown => ({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: { slo: 'chat' }, value: [1_700_000_000.123, value] }] },
  ...more,
})

function reasonOf(answer: VectorAnswer): string {
  assert.ok(!answer.ok)
  return answer.reason
}

test('a vector is its samples, a scalar one without labels, and nothing found is an answer too', () => {
  assert.deepEqual(read(vector('0.5')), { ok: true, samples: [{ labels: { slo: 'chat' }, value: 0.5 }] })
  assert.deepEqual(read({ status: 'success', data: { resultType: 'scalar', result: [1, '1.7e9'] } }), {
    ok: true,
    samples: [{ labels: {}, value: 1.7e9 }],
  })
  assert.deepEqual(read({ status: 'success', data: { resultType: 'vector', result: [] } }), {
    ok: true,
    samples: [],
  })
})

test('what is no number is read as none', () => {
  for (const [text, value] of [
    ['NaN', Number.NaN],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['', Number.NaN],
  ] as const) {
    const answer = read(vector(text))
    assert.ok(answer.ok)
    assert.equal(answer.samples[0]?.value, value)
  }
})

test('a warning makes an answer none: a sum over a part of the data is wrong', () => {
  const reason = reasonOf(read(vector('1', { warnings: ['store-2: timeout', 'x'] })))
  assert.equal(reason, 'http://prometheus warns that its answer may be incomplete: store-2: timeout; x')
  for (const more of [{ warnings: [] }, { warnings: null }, { infos: ['metric might not be a counter'] }])
    assert.ok(read(vector('1', more)).ok)
})

test('answers to another question are not taken for this one', () => {
  const others = [
    { status: 'success', data: { resultType: 'matrix', result: [] } },
    { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, 2] }] } },
    { status: 'success', data: {} },
    [],
    'null',
  ]
  for (const other of others) assert.match(reasonOf(read(other)), /JSON that no Prometheus gives/)
})

test('a long page is shown by its beginning, on one line', () => {
  const reason = reasonOf(read(`<html>\n\n${'x'.repeat(500)}`))
  assert.ok(reason.length < 220 && reason.endsWith('…') && !reason.includes('\n'), reason)
})
