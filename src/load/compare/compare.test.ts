import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadDocument } from '../baseline/document.ts'
import type { NamedDocument } from '../baseline/file.ts'
import { toOutcomeLike } from '../fixtures/outcome.ts'
import { toPlan, toDocumentLike } from '../fixtures/document.ts'
import { createRandom, drawExponential, drawNormal, type Random } from '../random.ts'
import { compareRuns, exitCodeOf, judgeCondition, type Comparison } from './compare.ts'
import { compareFigure } from './figures.ts'
import { parseCondition, type Condition } from './expression.ts'

const conditionOf = (text: string): Condition => {
  const read = parseCondition(text)
  return 'condition' in read ? read.condition : assert.fail(read.complaint)
}

const named = (document: LoadDocument, file = 'a.json'): NamedDocument => ({ file, document })

const compare = (
  base: readonly LoadDocument[],
  fresh: readonly LoadDocument[],
  ...conditions: readonly string[]
): Comparison =>
  compareRuns({
    base: base.map((document) => named(document, 'base.json')),
    fresh: fresh.map((document) => named(document, 'new.json')),
    conditions: conditions.map(conditionOf),
  })

interface Made {
  readonly seed: number
  readonly requests?: number
  /** 1.2: a fifth slower. */
  readonly factor?: number
  /** How one request is slow; given one draw after the other of the same run. */
  readonly durations?: (random: Random) => () => number
  readonly failRatio?: number
}

const strangers = (random: Random) => () => 1_000 * Math.exp(0.5 * drawNormal(random))

/** Slowness that comes and goes over some thirty requests, as that of a busy server does. */
const swings = (random: Random) => {
  let slow = 0
  return () => {
    slow = 0.97 * slow + Math.sqrt(1 - 0.97 ** 2) * drawNormal(random)
    return 1_000 * Math.exp(0.3 * drawNormal(random) + 0.3 * slow)
  }
}

/** Ten requests a second. */
function make({
  seed,
  requests = 600,
  factor = 1,
  durations = strangers,
  failRatio = 0,
}: Made): LoadDocument {
  const random = createRandom(seed)
  const draw = durations(random)
  let atMs = 0
  return toDocumentLike(
    Array.from({ length: requests }, () => {
      atMs += 100 * drawExponential(random)
      const failure =
        random() < failRatio
          ? { code: 'http_500', status: 500, message: '', requestId: undefined }
          : undefined
      return toOutcomeLike({
        atMs,
        durationMs: draw() * factor,
        failure,
        gapsMs: [],
        firstTokenMs: undefined,
      })
    }),
  )
}

/** How often a condition is broken, of so many pairs of runs. */
function rateOf(
  pairs: number,
  condition: string,
  [base, fresh]: readonly [Omit<Made, 'seed'>, Omit<Made, 'seed'>],
): number {
  let broken = 0
  const parsed = conditionOf(condition)
  for (let pair = 0; pair < pairs; pair += 1) {
    const sides = {
      base: [make({ ...base, seed: 2 * pair + 1 })],
      fresh: [make({ ...fresh, seed: 2 * pair + 2 })],
      draws: 200,
    }
    if (judgeCondition(parsed, compareFigure(parsed.figure, sides)) === 'broken') broken += 1
  }
  return broken / pairs
}

const PAIRS = 150

test('of runs that differ by chance alone, fewer than one of twenty is called worse, however small the limit', () => {
  assert.ok(rateOf(PAIRS, 'p50>+0%', [{}, {}]) < 0.05)
  assert.ok(rateOf(PAIRS, 'p95>+0%', [{}, {}]) < 0.05)
})

test('nor of runs of a server that is slow for stretches of time', () => {
  const swinging = { durations: swings, requests: 1_200 }
  assert.ok(rateOf(PAIRS, 'p95>+0%', [swinging, swinging]) < 0.05)
})

test('a fifth more is found', () => {
  assert.ok(rateOf(20, 'p50>+10%', [{}, { factor: 1.2 }]) > 0.9)
  assert.ok(rateOf(20, 'p95>+5%', [{ requests: 2_000 }, { factor: 1.2, requests: 2_000 }]) > 0.9)
})

test('a condition that is beyond its limit by what may be chance is noise, and fails nothing', () => {
  // One pair of the many above whose difference is chance.
  for (let seed = 1; seed < 200; seed += 1) {
    const comparison = compare(
      [make({ seed: 2 * seed, requests: 120 })],
      [make({ seed: 2 * seed + 1, requests: 120 })],
      'p95>+5%',
    )
    if (comparison.conditions[0]?.verdict !== 'noise') continue
    assert.equal(exitCodeOf(comparison), 0)
    return
  }
  assert.fail('no pair differs by chance')
})

test('a percentile of too few requests is not judged, and the gate does not call that good', () => {
  const comparison = compare([make({ seed: 1, requests: 90 })], [make({ seed: 2, requests: 90 })], 'p99>+10%')
  const [checked] = comparison.conditions
  assert.equal(checked?.verdict, 'unknown')
  assert.deepEqual([checked?.compared.needed, checked?.compared.counts], [500, [90, 90]])
  assert.equal(exitCodeOf(comparison), 2)
})

test('values are held against the limit as they are, and errors are shares', () => {
  const good = make({ seed: 1 })
  const bad = make({ seed: 2, failRatio: 0.1 })
  const verdicts = (...texts: readonly string[]): unknown[] =>
    compare([good], [bad], ...texts).conditions.map(({ verdict }) => verdict)
  assert.deepEqual(
    verdicts('errors>1%', 'errors>+1pp', 'goodput<95%', 'goodput<-2pp'),
    Array(4).fill('broken'),
  )
  assert.deepEqual(verdicts('errors>50%', 'errors>+50pp', 'p50>10s', 'p50>+10s'), Array(4).fill('kept'))
  assert.deepEqual(verdicts('p50>100ms'), ['broken'])
  assert.deepEqual(verdicts('firstToken.p50>1s'), ['unknown'])
})

test('faster answers are a change too, and tokens per second count the other way round', () => {
  const speed = (seed: number, perTokenMs: number): LoadDocument =>
    toDocumentLike(
      Array.from({ length: 400 }, (_, at) =>
        toOutcomeLike({ atMs: at * 100, perTokenMs: perTokenMs + ((at * seed) % 7) / 10 }),
      ),
    )
  const slower = compare([speed(3, 20)], [speed(5, 25)], 'tokensPerSecond.p50<-10%', 'perToken.p50>+10%')
  assert.deepEqual(
    slower.conditions.map(({ verdict }) => verdict),
    ['broken', 'broken'],
  )
  const faster = compare([speed(3, 25)], [speed(5, 20)], 'tokensPerSecond.p50<-10%')
  assert.equal(faster.conditions[0]?.verdict, 'kept')
  assert.equal(
    faster.rows.find(({ figure }) => figure.kind === 'time' && figure.metric === 'perToken')?.is,
    'down',
  )
})

test('what differs besides the server is said, and what is alike is not', () => {
  const document = make({ seed: 1 })
  assert.deepEqual(compare([document], [document]).differences, [])
  const other: LoadDocument = {
    ...document,
    load: { ...document.load, pace: { kind: 'closed', callers: 3 } },
    machine: { ...document.machine, cores: 64 },
    results: { ...document.results, isPartial: true, generator: { doubts: ['late'] } },
  }
  const { differences } = compare([document], [other])
  assert.equal(differences.length, 4)
  assert.match(
    differences[0] ?? '',
    /10\/s \(poisson\) in base\.json, 3 callers in new\.json; times of another load/,
  )
  assert.match(differences.join('\n'), /machine that sent.*\n.*stopped early\n.*not to be trusted/)
})

test('a run without an answer is said to be one, with what became of its requests', () => {
  const document = make({ seed: 1 })
  const errors = [
    { code: 'connection_refused', count: 9 },
    { code: 'unauthorized', count: 1 },
  ]
  const results = { ...document.results, requests: 10, answered: 0, errors }
  assert.deepEqual(compare([document], [{ ...document, results }]).differences, [
    'none of the 10 requests of new.json was answered (9 x connection_refused, 1 x unauthorized)',
  ])
})

test('one run on a side is said to hide what differs between runs, three are not', () => {
  const runs = [1, 2, 3].map((seed) => make({ seed }))
  const [one = make({ seed: 1 })] = runs
  assert.match(compare([one], runs).method.join(), /one run on a side/)
  assert.match(compare(runs, runs).method.join(), /is in the intervals/)
})

test('runs that differ from each other as much as from the baseline show no change', () => {
  const side = (factors: readonly number[], seed: number): LoadDocument[] =>
    factors.map((factor, at) => make({ seed: seed + at, factor, requests: 1_000 }))
  const base = side([0.8, 1, 1.25], 1)
  assert.equal(compare(base, side([0.9, 1.3, 1.05], 11), 'p50>+5%').conditions[0]?.verdict, 'noise')
  // Each of them alone would have been called a change.
  assert.equal(compare(base.slice(0, 1), side([1.05], 21), 'p50>+5%').conditions[0]?.verdict, 'broken')
})

test('two looks at the same files see the same', () => {
  const [base, fresh] = [make({ seed: 1 }), make({ seed: 2 })]
  assert.deepEqual(compare([base], [fresh], 'p95>+1%'), compare([base], [fresh], 'p95>+1%'))
  assert.equal(toPlan().seed, 1)
})
