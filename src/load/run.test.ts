import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../core/clock.ts'
import type { Flight, Sender } from './client/sender.ts'
import { toPlan } from './fixtures/document.ts'
import type { Order } from './order.ts'
import type { Ending } from './outcome.ts'
import type { LoadPlan } from './plan.ts'
import { toReport } from './report.ts'
import { runLoad, type Measured } from './run.ts'

interface Served extends Sender {
  readonly orders: Order[]
  most: number
}

/** Answers after what `after` says, at the moment of the question; never when it says nothing. */
function createServer(
  clock: ManualClock,
  after: (nowMs: number) => number | undefined,
  failure?: Ending['failure'],
): Served {
  let underway = 0
  const served: Served = {
    orders: [],
    most: 0,
    send(order, onEnd): Flight {
      served.orders.push(order)
      underway += 1
      served.most = Math.max(served.most, underway)
      const delayMs = after(clock.now())
      const end = (): void => {
        underway -= 1
        const endedMs = clock.now()
        onEnd({ endedMs, tokensAtMs: [endedMs], promptTokens: 20, outputTokens: 1, failure })
      }
      const cancel = delayMs === undefined ? () => undefined : clock.after(delayMs, end)
      return {
        giveUp() {
          cancel()
          return { tokensAtMs: [], requestId: undefined, status: undefined }
        },
      }
    },
    close: () => Promise.resolve(),
  }
  return served
}

interface Play {
  readonly plan: Partial<LoadPlan>
  readonly forMs: number
  readonly after: (nowMs: number) => number | undefined
  readonly failure?: Ending['failure']
  readonly stopAtMs?: number
}

async function play({ plan: given, forMs, after, failure, stopAtMs }: Play) {
  const plan = toPlan(given)
  const clock = createManualClock()
  const stop = new AbortController()
  const sender = createServer(clock, after, failure)
  const running = runLoad(plan, { sender, clock, signal: stop.signal })
  if (stopAtMs !== undefined) clock.after(stopAtMs, () => stop.abort())
  for (let at = 0; at < forMs; at += 1) clock.advance(1)
  const measured: Measured = await running
  return { report: toReport(plan, measured), measured, sender }
}

const uniform = (perSecond: number) => ({ kind: 'open', perSecond, arrivals: 'uniform' }) as const
/** Answers in 10 ms, but for a second in which it does nothing. */
const stalling = (nowMs: number): number => (nowMs >= 2_000 && nowMs < 3_000 ? 3_000 - nowMs : 10)

test('a second in which a server does nothing shows in the times of all who came in it', async () => {
  const plan = { pace: uniform(100), durationMs: 10_000 }
  const { report } = await play({ plan, after: stalling, forMs: 11_000 })
  assert.equal(report.requests, 1_000)
  // A tenth of the callers came in that second, and waited for half of it on average.
  const p95 = report.timesMs.duration?.p95 ?? 0
  assert.ok(p95 > 450 && p95 < 550, `p95 ${p95}`)
  assert.ok((report.timesMs.duration?.p50 ?? 0) < 15)
})

test('it shows as well when no more can be under way, because the clock of who has to wait runs', async () => {
  const plan = { pace: uniform(100), durationMs: 10_000, maxInFlight: 3 }
  const { report, measured, sender } = await play({ plan, after: stalling, forMs: 11_000 })
  assert.equal(sender.most, 3)
  assert.equal(report.requests, 1_000)
  assert.ok((report.timesMs.duration?.p95 ?? 0) > 450)
  assert.ok(measured.held > 90)
  assert.match(report.generator.doubts.join(), /had to wait here because 3 were under way/)
})

test('callers of a closed loop hide it, which is why the report says that they wait', async () => {
  const plan = { pace: { kind: 'closed', callers: 1 } as const, durationMs: 10_000 }
  const { report } = await play({ plan, after: stalling, forMs: 11_000 })
  assert.ok((report.timesMs.duration?.p99 ?? 0) < 15)
  assert.equal(report.askedPerSecond, undefined)
})

test('the warm-up is sent and not counted, and a number of requests ends the run', async () => {
  const plan = { pace: uniform(10), durationMs: undefined, requests: 20, warmUpMs: 1_000 }
  const { report, sender } = await play({ plan, after: () => 10, forMs: 4_000 })
  assert.deepEqual([report.warmUpRequests, report.requests, sender.orders.length], [10, 20, 30])
  assert.ok(Math.abs(report.sentPerSecond - 10) < 0.01)
})

test('the measured requests are the same ones whatever the warm-up and however fast the server is', async () => {
  const prompts = async (plan: Partial<LoadPlan>, after: number): Promise<string[]> => {
    const { sender } = await play({
      plan: { ...plan, requests: 5, durationMs: undefined },
      after: () => after,
      forMs: 9_000,
    })
    return sender.orders.slice(-5).map(({ prompt }) => prompt)
  }
  const open = await prompts({ pace: uniform(10), warmUpMs: 0 }, 5)
  assert.deepEqual(await prompts({ pace: uniform(10), warmUpMs: 700 }, 50), open)
  assert.deepEqual(await prompts({ pace: { kind: 'closed', callers: 1 }, warmUpMs: 300 }, 50), open)
  assert.equal(new Set(open.map((prompt) => prompt.slice(0, 20))).size, 5)
  assert.notDeepEqual(await prompts({ pace: uniform(10), seed: 2 }, 5), open)
})

test('an answer that never comes has failed after the timeout, also one that could not even be asked for', async () => {
  const plan = { pace: uniform(100), durationMs: 1_000, timeoutMs: 2_000, maxInFlight: 1 }
  const { report } = await play({ plan, after: () => undefined, forMs: 6_000 })
  assert.equal(report.failed, 100)
  assert.deepEqual(report.errors.map(({ code }) => code).sort(), ['not_sent', 'timeout'])
})

test('a stopped run ends at once, says so, and counts what was under way as neither good nor bad', async () => {
  const plan = { pace: uniform(10), durationMs: 10_000 }
  const { report } = await play({ plan, after: () => 500, forMs: 3_000, stopAtMs: 3_000 })
  assert.equal(report.isPartial, true)
  assert.equal(report.failed, 0)
  assert.equal(report.cutOff, 5)
  assert.equal(report.answered, 25)
  assert.ok(Math.abs(report.sentPerSecond - 10) < 0.2)
})

test('a server that refuses is not asked in a tight loop', async () => {
  const failure = { code: 'connection_refused', status: undefined, message: '', requestId: undefined }
  const plan = { pace: { kind: 'closed', callers: 1 } as const, durationMs: 1_000 }
  const { report } = await play({ plan, after: () => 0, failure, forMs: 1_500 })
  assert.ok(report.requests <= 11, `${report.requests} requests`)
  assert.equal(report.failedRatio, 1)
})
