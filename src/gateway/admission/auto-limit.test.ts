import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WeirError } from '../../core/errors.ts'
import { AutoLimit } from './auto-limit.ts'
import { ModelServer, type ServerInput } from './fixtures/model-server.ts'

const HOUR_S = 3_600

for (const slots of [1, 2, 4, 8, 16]) {
  test(`a server that works on ${slots} at once is given no fewer, and at most twice as many`, () => {
    const server = new ModelServer({ slots, prefillMs: 200, decodeMs: 4_000, jitterRatio: 0.2, seed: slots })
    const run = server.runClosedLoop({ callers: slots * 3 + 8, seconds: HOUR_S })
    const settled = run.limits.slice(Math.floor(run.limits.length / 2))
    const mean = settled.reduce((sum, limit) => sum + limit, 0) / settled.length
    assert.ok(mean >= slots * 0.95, `mean ${mean} for ${slots}`)
    // Fewer are tried now and then, to see whether they would be answered sooner.
    assert.ok(Math.min(...settled) >= Math.floor(slots * 0.75), `${Math.min(...settled)} < ${slots}`)
    assert.ok(Math.max(...settled) <= 2 * slots, `${Math.max(...settled)} > 2 x ${slots}`)
    // What cannot be worked on waits where everybody sees it, not inside the server.
    assert.ok(
      run.hiddenWaitMs < 0.1 * run.visibleWaitMs,
      `${run.hiddenWaitMs} of ${run.visibleWaitMs} ms hidden`,
    )
  })
}

/** The limit in the second half of a run in which everybody asks again at once, as a share of the slots. */
function settledRatio(given: ServerInput, { crowd, seconds }: { crowd: number; seconds: number }): number {
  const run = new ModelServer(given).runClosedLoop({ callers: given.slots * crowd + 4, seconds })
  const settled = run.limits.slice(Math.floor(run.limits.length / 2))
  return settled.reduce((sum, limit) => sum + limit, 0) / settled.length / given.slots
}

test('for any server, pace and load the limit stays near what the server works on', () => {
  const anyServer = fc.record({
    slots: fc.integer({ min: 1, max: 12 }),
    prefillMs: fc.integer({ min: 50, max: 800 }),
    decodeMs: fc.integer({ min: 1_000, max: 8_000 }),
    jitterRatio: fc.constantFrom(0, 0.1, 0.25),
    seed: fc.nat(1_000),
  })
  fc.assert(
    fc.property(anyServer, fc.integer({ min: 2, max: 5 }), (given, crowd) => {
      const ratio = settledRatio(given, { crowd, seconds: 2 * HOUR_S })
      assert.ok(ratio >= 0.95, `${ratio} of ${given.slots}`)
      assert.ok(ratio <= 2, `${ratio} of ${given.slots}`)
    }),
    { numRuns: 40 },
  )
})

// With one more than their slots, first tokens of these come between one and a half times and twice as late: neither fine nor too late.
// A doubt that forgot what was fine went round from there to half of the slots and back, for hours. The last ones only look late, by chance.
for (const [slots, prefillMs, decodeMs, jitterRatio, seed, crowd] of [
  [9, 770, 5_300, 0.1, 269, 2],
  [10, 675, 3_928, 0.1, 700, 5],
  [9, 793, 4_163, 0.1, 107, 5],
  [12, 708, 3_762, 0.1, 127, 5],
  [3, 359, 7_411, 0.25, 629, 4],
  [2, 652, 5_193, 0.25, 186, 4],
] as const) {
  test(`a doubt leaves ${slots} slots at ${prefillMs} and ${decodeMs} ms as full as they were`, () => {
    const given = { slots, prefillMs, decodeMs, jitterRatio, seed }
    const ratio = settledRatio(given, { crowd, seconds: 2 * HOUR_S })
    assert.ok(ratio >= 0.98 && ratio <= 1.25, `${ratio} of ${slots}`)
  })
}

test('a server that loses half of its slots is given fewer, and more when it has them back', () => {
  const server = new ModelServer({ slots: 8, prefillMs: 200, decodeMs: 4_000, jitterRatio: 0.1, seed: 1 })
  server.runClosedLoop({ callers: 30, seconds: HOUR_S })
  server.slots = 4
  const fewer = server.runClosedLoop({ callers: 30, seconds: HOUR_S })
  assert.ok((fewer.limits.at(-1) ?? 0) <= 8 && (fewer.limits.at(-1) ?? 0) >= 4, `${fewer.limits.at(-1)}`)
  server.slots = 8
  const more = server.runClosedLoop({ callers: 30, seconds: 2 * HOUR_S })
  assert.ok((more.limits.at(-1) ?? 0) >= 8, `${more.limits.at(-1)}`)
})

/** The limits that are found when the first ten answers waited for six seconds, and all later ones as long as the queue demands. */
function limitsBehindQueue(
  slots: number,
  { prefillMs, decodeMs }: { prefillMs: number; decodeMs: number },
): number[] {
  const auto = new AutoLimit()
  const limits: number[] = []
  for (let at = 0; at < 3_000; at += 1) {
    const startedMs = at * 10_000
    const hiddenMs = (Math.max(0, auto.limit - slots) / slots) * decodeMs
    const waitMs = at < 10 ? 6_000 : prefillMs + hiddenMs
    auto.learn({ model: 'm', promptBytes: 1, company: auto.limit } as never, use({ startedMs, waitMs }))
    limits.push(auto.limit)
  }
  return limits
}

test('what was learnt while there was a queue already is found out, without a quiet moment', () => {
  for (const slots of [1, 2, 6]) {
    const settled = limitsBehindQueue(slots, { prefillMs: 100, decodeMs: 1_000 }).slice(1_500)
    assert.ok(Math.max(...settled) <= 2 * slots, `${Math.max(...settled)} for ${slots}`)
    assert.ok(Math.min(...settled) >= Math.floor(slots * 0.75), `${Math.min(...settled)} for ${slots}`)
  }
})

test('no pace at all hides a queue for ever, nor makes what was learnt behind it keep slots empty', () => {
  for (const slots of [1, 2, 3, 5, 8, 16])
    for (const prefillMs of [20, 100, 400, 800])
      for (const decodeMs of [500, 2_000, 8_000]) {
        const settled = limitsBehindQueue(slots, { prefillMs, decodeMs }).slice(1_500)
        const mean = settled.reduce((sum, limit) => sum + limit, 0) / settled.length
        const about = `${slots} slots, ${prefillMs} and ${decodeMs} ms`
        assert.ok(Math.max(...settled) <= 2 * slots, `${Math.max(...settled)}: ${about}`)
        assert.ok(mean >= 0.95 * slots, `mean ${mean}: ${about}`)
      }
})

test('long answers alone change nothing', () => {
  const server = new ModelServer({ slots: 64, prefillMs: 100, decodeMs: 1_000, jitterRatio: 0.1, seed: 2 })
  const before = server.runClosedLoop({ callers: 10, seconds: 1_000 }).limits.at(-1) ?? 0
  server.decodeMs = 30_000
  const after = server.runClosedLoop({ callers: 10, seconds: 3_000 }).limits.at(-1) ?? 0
  assert.ok(after >= before && before >= 9, `${before} and ${after}`)
})

test('a long prompt is compared with long prompts, and a large model with itself', () => {
  const auto = new AutoLimit()
  const learn = (model: string, promptBytes: number, waitMs: number, at: number): void =>
    auto.learn({ model, promptBytes, company: auto.limit } as never, use({ startedMs: at, waitMs }))
  for (let at = 0; at < 40; at += 1) {
    learn('small', 100, 50, at * 1_000)
    learn('small', 60_000, 5_000, at * 1_000)
    learn('large', 100, 1_000, at * 1_000)
  }
  assert.ok(auto.limit > 4, `${auto.limit}`)
})

const use = ({
  startedMs,
  waitMs,
  ...rest
}: {
  startedMs: number
  waitMs: number
  [key: string]: unknown
}) => ({
  startedMs,
  endedMs: startedMs + waitMs + 1,
  firstTokenMs: startedMs + waitMs,
  error: undefined,
  status: 200,
  ...rest,
})

const BUSY = new WeirError('backend_error')
const SLOT = { model: 'm', promptBytes: 1, company: 4 } as never

test('a load is no sign of a queue', () => {
  const auto = new AutoLimit()
  for (let at = 0; at < 5; at += 1) auto.learn(SLOT, use({ startedMs: at, waitMs: 100 }))
  const before = auto.limit
  for (let at = 0; at < 30; at += 1)
    auto.learn(SLOT, use({ startedMs: 1_000 + at, waitMs: 60_000, cold: true }))
  assert.equal(auto.limit, before)
})

test('a server that says it is busy is given fewer at once, and once for all that began before', () => {
  const auto = new AutoLimit()
  for (let at = 0; at < 6; at += 1)
    auto.learn(SLOT, use({ startedMs: 0, waitMs: at, firstTokenMs: undefined, status: 503, error: BUSY }))
  assert.equal(auto.limit, 3)
  const late = { startedMs: 1_000, waitMs: 9, firstTokenMs: undefined, status: undefined }
  auto.learn(SLOT, use({ ...late, error: new WeirError('first_token_timeout') }))
  assert.equal(auto.limit, 2)
  for (let at = 2_000; at < 9_000; at += 1_000)
    auto.learn(SLOT, use({ startedMs: at, waitMs: 1, firstTokenMs: undefined, status: 529, error: BUSY }))
  assert.equal(auto.limit, 1, 'never none')
})

test('with slots to spare the limit neither grows nor shrinks', () => {
  const auto = new AutoLimit()
  const alone = { model: 'm', promptBytes: 1, company: 1 } as never
  for (let at = 0; at < 100; at += 1)
    auto.learn(alone, use({ startedMs: at * 1_000, waitMs: at % 2 === 0 ? 10 : 900 }))
  assert.equal(auto.limit, 4)
})

test('where some came alone first, a limit that is too high for a small server falls at once and never rises', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const server = new ModelServer({ slots: 2, prefillMs: 200, decodeMs: 125, jitterRatio: 0.1, seed })
    server.runClosedLoop({ callers: 1, seconds: 1.3 })
    const early = server.runClosedLoop({ callers: 10, seconds: 15 })
    assert.equal(Math.max(...early.limits), 4, `seed ${seed}: ${early.limits.join(' ')}`)
    const { settledLimit } = server.runClosedLoop({ callers: 10, seconds: 60 })
    assert.ok(settledLimit >= 1.5 && settledLimit <= 3, `seed ${seed}: ${settledLimit}`)
  }
})
