import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../core/clock.ts'
import type { Asked, Check, Setup } from './check.ts'
import { CHECKS } from './checks.ts'
import { fail, ok, skip, warn, type Finding } from './finding.ts'
import { toReport } from './report.ts'
import { diagnose, worst, type Answer, type Progress } from './run.ts'

type Answering = Finding | readonly Finding[] | ((asked: Asked) => Promise<Finding>)

function check(name: string, answer: Answering, more: Partial<Check> = {}): Check {
  return {
    ...{ name, group: 'setup', question: `${name}?` },
    ask: (asked) => (typeof answer === 'function' ? answer(asked) : Promise.resolve(answer)),
    ...more,
  }
}

const ask = (
  checks: readonly Check[],
  only: readonly string[] = [],
  clock: ManualClock = createManualClock(),
) => diagnose({ checks, only, setup: { clock } as unknown as Setup })

const BAD = { means: 'It is bad' }
const short = (answers: readonly Answer[]): readonly string[] =>
  answers.map(({ check: name, subject, status, seen }) => `${status} ${name}${subject} ${seen}`)

test('what depends on a failure is not asked, and says which failure, through any number of others', async () => {
  const answers = await ask([
    check('a', fail('broken', BAD), { blocks: 'a is broken' }),
    check('b', ok('never'), { needs: ['a'] }),
    check('c', ok('never'), { needs: ['b'] }),
    check('d', ok('d'), { after: ['a', 'c'] }),
  ])
  assert.deepEqual(short(answers), [
    'fail a broken',
    'skip b not asked: a is broken',
    'skip c not asked: a is broken',
    'ok d d',
  ])
})

test('what depends on a question that nobody wished for is left out', async () => {
  const answers = await ask([
    check('a', skip('--a names it')),
    check('b', ok('never'), { needs: ['a'] }),
    check('c', ok('never'), { needs: ['b'] }),
  ])
  assert.deepEqual(short(answers), ['skip a not asked: --a names it'])
})

test('a subject waits for its own, and for what has no subject', async () => {
  const subjects = (): readonly string[] => ['x', 'y']
  const answers = await ask([
    check('base', warn('so so', BAD)),
    check('a', async ({ subject }) => (subject === 'x' ? fail('gone', BAD) : ok('there')), {
      subjects,
      needs: ['base'],
      blocks: 'gone',
    }),
    check('b', async ({ subject, statusOf }) => ok(`${subject} ${statusOf('a') ?? ''}`), {
      subjects,
      needs: ['a'],
    }),
    check('all', async ({ statusOf }) => ok(statusOf('a', '') ?? 'nothing'), { after: ['a'] }),
  ])
  assert.deepEqual(short(answers), [
    ...['warn base so so', 'fail ax gone', 'ok ay there', 'skip bx not asked: gone', 'ok by y ok'],
    'ok all fail',
  ])
})

test('questions are put side by side, and one that gets no answer does not hold the others up', async () => {
  const clock = createManualClock()
  let others = 0
  const never = new Promise<Finding>(() => undefined)
  const asked = ask(
    [
      check('hangs', () => never),
      check('waits', ok('never'), { needs: ['hangs'], blocks: 'x' }),
      check('patient', () => never, { patienceMs: () => 60_000 }),
      check('quick', async () => {
        others += 1
        return ok('quick')
      }),
    ],
    [],
    clock,
  )
  await settle()
  assert.equal(others, 1)
  clock.advance(8_000)
  await settle()
  clock.advance(52_000)
  const answers = await asked
  assert.deepEqual(short(answers), [
    'fail hangs no answer to this question within 8 s',
    'skip waits not asked: hangs failed',
    'fail patient no answer to this question within 60 s',
    'ok quick quick',
  ])
})

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

test('a mistake of our own is an answer too, and no other question suffers from it', async () => {
  const answers = await ask([
    check('bug', () => Promise.reject(new TypeError('undefined is not a function'))),
    check('a', ok('a')),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fail', 'ok'],
  )
  assert.match(answers[0]?.seen ?? '', /TypeError/)
})

test('some can be chosen, by name, group or subject; what they need is asked with them and told only if it fails', async () => {
  const subjects = (): readonly string[] => ['x', 'y']
  const checks = (first: Finding): readonly Check[] => [
    check('a', first, { blocks: 'a is broken' }),
    check('b', ok('b'), { needs: ['a'], subjects, group: 'gateway' }),
    check('c', fail('c', BAD)),
  ]
  assert.deepEqual(short(await ask(checks(ok('a')), ['b:y'])), ['ok by b'])
  assert.deepEqual(short(await ask(checks(ok('a')), ['gateway'])), ['ok bx b', 'ok by b'])
  assert.deepEqual(short(await ask(checks(fail('a', BAD)), ['b:y'])), [
    'fail a a',
    'skip by not asked: a is broken',
  ])
})

test('progress is told until nothing is waited for', async () => {
  const told: Progress[] = []
  const checks = [check('a', ok('a')), check('b', ok('b'), { needs: ['a'] })]
  await diagnose({
    ...{ checks, only: [], setup: { clock: createManualClock() } as unknown as Setup },
    onProgress: (progress) => void told.push(progress),
  })
  assert.deepEqual(
    told.map(({ done, all, waiting }) => `${done}/${all} ${waiting.join()}`),
    ['1/2 b', '2/2 '],
  )
})

test('a report is as bad as its worst answer, and what was not asked is not bad', async () => {
  assert.equal(worst([ok('a'), warn('b', BAD)]), 'warn')
  assert.equal(worst([skip('a'), ok('b')]), 'ok')
  assert.equal(worst([]), 'ok')
  const report = toReport(await ask([check('g', skip('x'), { group: 'proxy' }), check('a', ok('a'))]))
  assert.deepEqual([report.status, report.counts], ['ok', { ok: 1, warn: 0, fail: 0, skip: 1 }])
  assert.deepEqual(
    report.answers.map(({ check: name }) => name),
    ['a', 'g'],
  )
})

test('every check of the list stands behind those it waits for, and has a name and a question of its own', () => {
  const seen = new Set<string>()
  for (const { name, question, needs = [], after = [] } of CHECKS) {
    for (const other of needs) assert.ok(seen.has(other), `${name} needs ${other}`)
    for (const other of after) assert.ok(seen.has(other), `${name} waits for ${other}`)
    assert.ok(!seen.has(name), name)
    assert.match(question, /^[A-Z].*\?$/)
    seen.add(name)
  }
})

test('what was not wished for goes before what was not possible', async () => {
  const answers = await ask([
    check('a', fail('gone', BAD)),
    check('b', skip('--b names it')),
    check('c', ok('never'), { needs: ['a', 'b'] }),
  ])
  assert.deepEqual(short(answers), ['fail a gone', 'skip b not asked: --b names it'])
})
