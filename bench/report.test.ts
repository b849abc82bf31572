import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toExperiments } from './experiments.ts'
import { toDocument, toTable, toText, toVerdictText } from './report.ts'
import type { RunResult } from './run.ts'

const MACHINE = {
  node: 'v24.0.0',
  system: 'Linux 6',
  processor: 'A processor',
  cores: 2,
  pinned: true,
  loadBefore: 0.1,
}

function toRun(): RunResult {
  const [requests, readers, firstToken] = toExperiments({
    quick: true,
    only: ['requests', 'readers', 'first-token'],
    rounds: 2,
  })
  assert.ok(requests !== undefined && readers !== undefined && firstToken !== undefined)
  const request = (micros: number, failures = 0) => ({
    failures,
    cpuPerRequestMicros: micros,
    storePerRequestMicros: 0,
    requestsPerSecond: 1e6 / micros,
    coreShare: 1,
  })
  const read = (micros: number) => ({
    failures: 0,
    togetherMicros: micros * 7,
    recordMicros: micros,
    metricsMicros: micros * 2,
    logMicros: micros * 4,
    keptMicros: micros,
    writtenMicros: micros * 5,
    requestMicros: 63.75,
  })
  const token = (millis: number) => ({ failures: 0, p50Millis: millis, p99Millis: millis * 2 })
  return {
    results: [
      {
        experiment: requests,
        targets: [
          { target: 'floor', rounds: [request(40), request(60)] },
          { target: 'weir', rounds: [request(60, 2), request(66, 1)] },
        ],
      },
      {
        experiment: readers,
        targets: [{ target: 'whole chat', rounds: [read(0.5), read(1)] }],
      },
      {
        experiment: firstToken,
        targets: [
          { target: 'direct', rounds: [token(1), token(1)] },
          { target: 'floor', rounds: [token(1.5), token(1.5)] },
          { target: 'weir', rounds: [token(2), token(3)] },
        ],
      },
    ],
    problems: ['requests: weir failed 3 times: HTTP/1.1 500 x'],
  }
}

test('a table is as wide as its cells, names to the left, numbers to the right', () => {
  assert.equal(
    toTable([
      ['', 'µs'],
      ['floor', '48.1'],
      ['x', '7'],
    ]),
    '          µs\nfloor   48.1\nx          7\n',
  )
})

test('the text has medians, spread, ratio and the sum of failures', () => {
  const text = toText(toRun(), MACHINE)
  assert.match(text, /^Node v24\.0\.0, Linux 6, 2 × A processor, proxies on a core of their own$/m)
  assert.match(text, /^floor +50\.0 \(40\.0–60\.0\) .* 1\.00 \(1\.00–1\.00\) +0$/m)
  assert.match(text, /^weir +63\.0 \(60\.0–66\.0\) .* 1\.26 \(1\.10–1\.50\) +3$/m)
})

test('the first token is compared with the stub alone and with the floor', () => {
  const text = toText(toRun(), MACHINE)
  assert.match(text, /^weir +2\.500 .* 1\.500 \(1\.000–2\.000\) +3\.000 \(2\.000–4\.000\) +0$/m)
  assert.match(text, /^weir − floor, p50 ms +1\.000 \(0\.500–1\.500\)$/m)
  assert.match(text, /^weir − floor, p99 ms +2\.000 \(1\.000–3\.000\)$/m)
})

test('record, metrics and log line stand by themselves, and beside the request of the floor', () => {
  const text = toText(toRun(), MACHINE)
  assert.match(text, /^ +CPU µs\/request +record +metrics +log line +kept +records thread +failures$/m)
  assert.match(
    text,
    /^whole chat +5\.25 \(3\.50–7\.00\) +0\.75 \S+ +1\.50 \S+ +3\.00 \S+ +0\.75 \S+ +3\.75 \S+ +0$/m,
  )
  assert.match(text, /^Of a whole chat they are 5\.3 µs, 0\.10 of what the floor takes for one$/m)
  assert.match(
    text,
    /^Counting, explaining and keeping it adds 1\.2 \(0\.8–1\.6\) % to what Weir takes for one$/m,
  )
})

test('a run without pinning says so where nobody can miss it', () => {
  assert.match(toText(toRun(), { ...MACHINE, pinned: false }), /NOT PINNED/)
})

test('a run on a busy machine says so', () => {
  assert.doesNotMatch(toText(toRun(), MACHINE), /BUSY/)
  assert.match(toText(toRun(), { ...MACHINE, loadBefore: 3.57 }), /^BUSY: load 3\.6 before the start/m)
})

test('a verdict names the budget, the limit and what was seen', () => {
  const budget = {
    name: 'cpuPerRequestRatio',
    experiments: ['requests'] as const,
    figure: 'cpuPerRequestMicros',
    limit: 1.35,
  } as const
  assert.equal(
    toVerdictText({ ...budget, ratio: 1.401, kept: false }),
    'budget cpuPerRequestRatio <= 1.35: 1.40, BROKEN',
  )
  assert.equal(
    toVerdictText({ ...budget, ratio: 1.2, kept: true }),
    'budget cpuPerRequestRatio <= 1.35: 1.20, kept',
  )
  assert.match(toVerdictText({ ...budget, ratio: undefined, kept: false }), /not measured$/)
  const share = { ...budget, name: 'recordsShare', figure: 'keptMicros', limit: 0.03 }
  assert.equal(
    toVerdictText({ ...share, ratio: 0.0271, kept: true }),
    'budget recordsShare <= 0.03: 0.027, kept',
  )
})

test('the document keeps every round and survives being written', () => {
  const document = JSON.parse(JSON.stringify(toDocument(toRun(), MACHINE, []))) as {
    experiments: { name: string; targets: { name: string; rounds: { cpuPerRequestMicros: number }[] }[] }[]
    problems: string[]
    readersShare: object
  }
  assert.deepEqual(document.readersShare, { micros: 5.25, ofFloorRatio: 0.105 })
  assert.deepEqual(
    document.experiments[0]?.targets[1]?.rounds.map((round) => round.cpuPerRequestMicros),
    [60, 66],
  )
  assert.equal(document.problems.length, 1)
})
