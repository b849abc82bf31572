import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCondition, type Condition } from './expression.ts'

function conditionOf(text: string): Omit<Condition, 'text'> {
  const read = parseCondition(text)
  if ('complaint' in read) return assert.fail(read.complaint)
  const { text: _, ...condition } = read.condition
  return condition
}

const complaintOf = (text: string): string => {
  const read = parseCondition(text)
  return 'complaint' in read ? read.complaint : `accepted: ${text}`
}

test('a percentile alone is of the duration', () => {
  const figure = { kind: 'time', metric: 'duration', share: 0.95 } as const
  assert.deepEqual(conditionOf('p95>+10%'), { figure, operator: '>', against: 'relative', limit: 0.1 })
  assert.deepEqual(conditionOf('duration.p95 > +10%'), conditionOf('p95>+10%'))
})

test('values, changes and shares are told apart', () => {
  assert.deepEqual(conditionOf('firstToken.p99>2s'), {
    figure: { kind: 'time', metric: 'firstToken', share: 0.99 },
    ...{ operator: '>', against: 'value', limit: 2_000 },
  })
  assert.deepEqual(conditionOf('interToken.p99.9>+50ms'), {
    figure: { kind: 'time', metric: 'interToken', share: 0.999 },
    ...{ operator: '>', against: 'difference', limit: 50 },
  })
  assert.deepEqual(conditionOf('tokensPerSecond.p50<-10%'), {
    figure: { kind: 'speed', share: 0.5 },
    ...{ operator: '<', against: 'relative', limit: -0.1 },
  })
  assert.equal(conditionOf('tokensPerSecond.p5<20').limit, 20)
  assert.deepEqual(conditionOf('errors>1%'), {
    figure: { kind: 'errors' },
    ...{ operator: '>', against: 'value', limit: 0.01 },
  })
  assert.deepEqual(conditionOf('goodput<-2pp'), {
    figure: { kind: 'goodput' },
    ...{ operator: '<', against: 'difference', limit: -0.02 },
  })
})

test('what cannot be meant is refused with what could be', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    '': /expected something like/,
    p95: /expected something like/,
    'latency.p95>2s': /there is no latency/,
    'firstToken>2s': /which percentile\? firstToken\.p95/,
    'firstToken.max>2s': /Use p99/,
    'firstToken.p0>2s': /expected a percentile/,
    'firstToken.p100>2s': /expected a percentile/,
    'p95>10%': /write \+10%/,
    'p95>-10%': />\+10% \(more than so much more\)/,
    'p95<+10%': />\+10%/,
    'p95>=2s': /expected > or </,
    'p95>2': /expected a duration/,
    'p95>+ten%': /expected a percentage/,
    'errors>+10%': /percentage points/,
    'errors>200%': /expected a share/,
    'errors.p95>1%': /has no p95/,
    'tokensPerSecond.p50<2s': /tokens per second/,
    'a.b.c>1s': /there is no a/,
  }
  for (const [text, expected] of Object.entries(refused)) assert.match(complaintOf(text), expected, text)
})
