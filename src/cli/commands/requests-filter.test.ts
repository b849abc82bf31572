import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStatus, readQuestion } from './requests-filter.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const HOUR_MS = 3_600_000

test('without flags the last hour is meant, and fifty of it', () => {
  const read = readQuestion({}, NOW_MS)
  assert.ok('question' in read)
  assert.deepEqual([read.question.filter.sinceMs, read.question.limit], [NOW_MS - HOUR_MS, 50])
})

test('every flag becomes its condition', () => {
  const read = readQuestion(
    {
      ...{ since: '7d', until: '1h', status: '5xx', slowerThan: '1m30s', model: 'qwen*', key: 'k' },
      ...{ tenant: 't', backend: 'b', endpoint: '/v1/x', outcome: 'abandoned', limit: 'all', cursor: '1.2' },
    },
    NOW_MS,
  )
  assert.deepEqual(read, {
    question: {
      filter: {
        sinceMs: NOW_MS - 7 * 24 * HOUR_MS,
        untilMs: NOW_MS - HOUR_MS,
        status: { from: 500, to: 599 },
        slowerThanMs: 90_000,
        ...{ model: 'qwen*', key: 'k', tenant: 't', backend: 'b', endpoint: '/v1/x', outcome: 'abandoned' },
      },
      limit: Infinity,
      cursor: '1.2',
    },
  })
})

test('a status is one, a class or a range', () => {
  const forms = {
    '503': [503, 503],
    '5xx': [500, 599],
    '4XX': [400, 499],
    '400-499': [400, 499],
    '4xx-5xx': [400, 599],
  }
  for (const [text, [from, to]] of Object.entries(forms))
    assert.deepEqual(parseStatus(text), { from, to }, text)
  for (const text of [
    '',
    '5',
    '5x',
    '600',
    '099',
    'xx',
    '500-400',
    '400-',
    '-400',
    '400-450-500',
    '5xxx',
    'ok',
  ]) {
    assert.equal(parseStatus(text), undefined, text)
  }
})

test('everything that is wrong is said at once, with what is expected', () => {
  const read = readQuestion(
    {
      ...{ since: 'yesterday', until: '25:00', status: '6xx', slowerThan: '3', limit: '0' },
      outcome: 'backend_eror',
    },
    NOW_MS,
  )
  assert.ok('complaints' in read)
  const [since, until, status, slower, outcome, limit] = read.complaints
  assert.match(since ?? '', /^--since: expected how long ago/)
  assert.match(until ?? '', /^--until: expected how long ago/)
  assert.match(status ?? '', /^--status: expected a status such as 503/)
  assert.match(slower ?? '', /^--slower-than: expected a duration/)
  assert.match(outcome ?? '', /^--outcome: there is no outcome backend_eror; did you mean backend_error\?$/)
  assert.match(limit ?? '', /^--limit: expected a count from 1, or all$/)
})

test('an outcome that is nothing like any gets the list of them', () => {
  const read = readQuestion({ outcome: 'xyzzy' }, NOW_MS)
  assert.ok('complaints' in read)
  assert.match(
    read.complaints[0] ?? '',
    /there are: ok, caller_error, rejected, backend_error, gateway_error, abandoned$/,
  )
})

test('a time that ends before it begins is a mistake', () => {
  const read = readQuestion({ since: '1h', until: '2h' }, NOW_MS)
  assert.ok('complaints' in read)
  assert.deepEqual(read.complaints, ['--until: nothing lies before 2h and after 1h (--since)'])
})
