import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CheckReport, ObjectiveCheck } from '../../app/sla.ts'
import { paintAnsi, paintNothing } from '../../records/read/paint.ts'
import { displayWidth } from '../../records/read/width.ts'
import { printCheck, printRatio } from './sla-check-print.ts'

function toCheck(given: Partial<ObjectiveCheck> = {}): ObjectiveCheck {
  return {
    ...{
      name: 'chat',
      status: 'healthy',
      promise: '99% of requests succeed',
      targetRatio: 0.99,
      window: '30 days',
    },
    ...{
      reasons: [],
      severity: undefined,
      because: undefined,
      attainedRatio: 0.999,
      good: 999,
      total: 1_000,
    },
    ...{
      excluded: 0,
      budgetRemainingRatio: 0.9,
      exhaustedInMs: 90_061_000,
      attribution: undefined,
      blamed: [],
    },
    burn: { rate: 0.1, over: '3d', factor: 1, badEvents: 1, events: 1_000 },
    ...{ maintenance: undefined, ...given },
  }
}

const toReport = (...objectives: readonly ObjectiveCheck[]): CheckReport => ({
  ...{ version: 1, checkedAtMs: 0, status: 'healthy', objectives },
})

test('columns stand under each other, also with names in Chinese', () => {
  const text = printCheck(
    toReport(toCheck({ name: '聊天' }), toCheck({ name: 'chat-first-token' })),
    undefined,
    paintNothing,
  )
  const lines = text.trimEnd().split('\n')
  const at = lines.map((line) => displayWidth(line.slice(0, line.search(/STATUS|healthy/))))
  assert.deepEqual(new Set(at).size, 1)
  assert.match(lines[1] ?? '', /99\.9 % {2,}99 % {2,}90\.0 % {2,}0\.1x over 3d {2,}1d 1h$/)
})

test('only a status is coloured, and a table is as wide with colour as without', () => {
  const report = toReport(toCheck(), toCheck({ status: 'violation', severity: 'page', because: 'exhausted' }))
  const painted = printCheck(report, undefined, paintAnsi)
  assert.match(painted, /\u001b\[32mhealthy {9}\u001b\[0m/)
  assert.match(painted, /\u001b\[31mviolation \(page\)\u001b\[0m/)
  assert.equal(painted.replaceAll(/\u001b\[\d+m/g, ''), printCheck(report, undefined, paintNothing))
})

test('what others wrote cannot move the cursor', () => {
  const text = printCheck(
    toReport(toCheck({ status: 'unknown', reasons: ['no\u001b[2J answer'] })),
    undefined,
    paintNothing,
  )
  assert.ok(!text.includes('\u001b'))
  assert.match(text, /no\\u001b\[2J answer\./)
})

test('a second look says what has changed, and a name that is new has not', () => {
  const before = toReport(toCheck(), toCheck({ name: 'other' }))
  const after = toReport(
    toCheck({ status: 'unknown', reasons: ['x'] }),
    toCheck({ name: 'other' }),
    toCheck({ name: 'new' }),
  )
  const changes = printCheck(after, before, paintNothing)
    .split('\n')
    .filter((line) => line.startsWith('changed'))
  assert.deepEqual(changes, ['changed: chat was healthy, and is unknown now'])
})

test('what is not known of several for one reason is said once, and a question ends in its own mark', () => {
  const asked = { status: 'unknown', reasons: ['is one running?'] } as const
  const text = printCheck(
    toReport(
      toCheck({ name: 'a', ...asked }),
      toCheck({ name: 'b', status: 'unknown', reasons: ['too few', 'too late'] }),
      toCheck({ name: 'c', ...asked }),
      toCheck({ name: 'd', ...asked, maintenance: 'backup' }),
    ),
    undefined,
    paintNothing,
  )
  assert.deepEqual(text.trimEnd().split('\n').slice(6), [
    'd',
    '  maintenance is going on: backup',
    'a, c and d are not known: is one running?',
    'b is not known: too few; too late.',
  ])
})

test('maintenance is told also of what is healthy', () => {
  const text = printCheck(toReport(toCheck({ maintenance: 'backup' })), undefined, paintNothing)
  assert.match(text, /^chat\n {2}maintenance is going on: backup$/m)
})

test('a ratio is cut, not rounded up, and noise is no digit', () => {
  assert.deepEqual([0.999_99, 0.999_999_9, 1, 0.3, 0.07, undefined].map(printRatio), [
    '99.999 %',
    '99.999 %',
    '100 %',
    '30 %',
    '7 %',
    '-',
  ])
})
