import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toMeasured, toPlan } from '../fixtures/document.ts'
import { toOutcomeLike } from '../fixtures/outcome.ts'
import type { Objective } from '../objectives.ts'
import { toReport } from '../report.ts'
import { climb, type Climb, type StepRun } from './climb.ts'
import { isClearlyBroken, judgeStep } from './judge-step.ts'

const OBJECTIVE: Objective = { name: 'chat', kind: 'firstToken', thresholdMs: 1_000, targetRatio: 0.95 }

/** Of a hundred requests so many have their first token in time. */
function toStepRun(perSecond: number, goodOf100: number): StepRun {
  const plan = toPlan({
    pace: { kind: 'open', perSecond, arrivals: 'poisson' },
    durationMs: 100_000 / perSecond,
    objectives: [OBJECTIVE],
  })
  const outcomes = Array.from({ length: 100 }, (_, at) =>
    toOutcomeLike({ atMs: at, firstTokenMs: at < goodOf100 ? 500 : 1_500, durationMs: 2_000 }),
  )
  const measured = toMeasured(outcomes, plan)
  return { measured, report: toReport(plan, measured), isBrokenOff: false, isStopped: false }
}

interface Server {
  readonly bears: number
  /** At the second time. */
  readonly bearsLater?: number
}

async function climbOn(
  { bears, bearsLater = bears }: Server,
  rates: readonly number[],
  refinements = 0,
): Promise<Climb> {
  return climb({
    ...{ rates, refinements },
    runStep: async (perSecond, purpose) =>
      toStepRun(perSecond, perSecond <= (purpose === 'confirm' ? bearsLater : bears) ? 99 : 60),
  })
}

const ratesOf = ({ steps }: Climb): number[] => steps.map(({ perSecond }) => perSecond)

test('the rate is raised until it breaks, and the last that held is run once more', async () => {
  const found = await climbOn({ bears: 5 }, [1, 2, 4, 8, 16])
  assert.deepEqual(ratesOf(found), [1, 2, 4, 8, 4])
  const { end, limitPerSecond, brokenPerSecond, isConfirmed } = found
  assert.deepEqual(
    { end, limitPerSecond, brokenPerSecond, isConfirmed },
    {
      ...{ end: 'broken', limitPerSecond: 4, brokenPerSecond: 8, isConfirmed: true },
    },
  )
  assert.match(found.steps[3]?.reasons.join() ?? '', /^chat: 60 % instead of 95 %$/)
})

test('what held once and broke once is no limit', async () => {
  const found = await climbOn({ bears: 5, bearsLater: 3 }, [1, 2, 4, 8])
  assert.deepEqual([found.limitPerSecond, found.brokenPerSecond, found.isConfirmed], [2, 4, false])
})

test('looking between comes closer from both sides', async () => {
  const found = await climbOn({ bears: 5 }, [1, 2, 4, 8], 2)
  assert.deepEqual(ratesOf(found), [1, 2, 4, 8, 5.66, 4.76, 4.76])
  assert.deepEqual([found.limitPerSecond, found.brokenPerSecond], [4.76, 5.66])
})

test('a server that bears all of it has no limit here, and one that bears nothing none either', async () => {
  const strong = await climbOn({ bears: 100 }, [1, 2])
  assert.deepEqual([strong.end, strong.limitPerSecond, ratesOf(strong)], ['held', 2, [1, 2]])
  const weak = await climbOn({ bears: 0 }, [1, 2])
  assert.deepEqual([weak.end, weak.limitPerSecond, ratesOf(weak)], ['broken', undefined, [1]])
})

test('a step that was stopped ends the climb without a verdict', async () => {
  const found = await climb({
    ...{ rates: [1, 2, 4], refinements: 0 },
    runStep: async (perSecond) => ({ ...toStepRun(perSecond, 99), isStopped: perSecond === 2 }),
  })
  assert.deepEqual([found.end, found.limitPerSecond, ratesOf(found)], ['stopped', 1, [1, 2]])
})

test('a generator that was late by much of a threshold says nothing about the server, one that was late by little does', () => {
  const { report } = toStepRun(1, 60)
  const late = (given: Partial<typeof report.generator>) =>
    judgeStep({ ...report, generator: { ...report.generator, doubts: ['late'], ...given } }, false)
  assert.deepEqual(late({ lagP99Ms: 300 }), {
    ...{ is: 'unknown', reasons: ['late', 'chat: 60 % instead of 95 %'] },
  })
  assert.equal(late({ loopDelayP95Ms: 300 }).is, 'unknown')
  assert.equal(late({ ownFailures: 1 }).is, 'unknown')
  assert.equal(late({ lagP99Ms: 50, loopDelayP95Ms: 50 }).is, 'breaks')
  // Waiting for others is waiting for the server.
  assert.equal(late({ held: 5 }).is, 'breaks')
})

test('more and more under way is a load that is not borne, whatever the objectives say', () => {
  const { report } = toStepRun(10, 100)
  // In balance: 10/s that take 2 s each.
  const behind = (inFlightAtEnd: number) => ({ ...report, generator: { ...report.generator, inFlightAtEnd } })
  assert.equal(judgeStep(behind(25), false).is, 'meets')
  assert.match(judgeStep(behind(80), false).reasons.join(), /falls behind: 80/)
})

test('a step is broken off when there is no way back, not before', () => {
  const counts = (good: number, total: number) => [{ objective: OBJECTIVE, good, total }]
  assert.equal(isClearlyBroken(counts(0, 19)), false)
  assert.equal(isClearlyBroken(counts(5, 20)), true)
  assert.equal(isClearlyBroken(counts(17, 20)), false)
  assert.equal(isClearlyBroken(counts(800, 1_000)), true)
  assert.equal(isClearlyBroken(counts(940, 1_000)), false)
})
