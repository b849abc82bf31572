// Answers one request that was understood: a slot, then the tokens at their pace, then the end. The main flow of the simulator.

import type { Turn } from './engine.ts'
import { replyBusy, type Reply } from './faults-instead.ts'
import { sayError, sayGiant, type Speech, strikeBefore } from './faults-midway.ts'
import { respondWhole } from './faults-whole.ts'
import type { Ask, Job, Plan, Run, StreamVoice, Usage } from './job.ts'
import { nowMs } from './ledger.ts'
import type { Finished } from './meters.ts'
import { createPace, type Pace } from './pace.ts'
import { planAnswer, toPrompt } from './plan.ts'
import { countTokens, createRandom, toSeed } from './words.ts'

const MS_PER_SECOND = 1000
/** Timers are not finer than this: a token that is due sooner is due now. */
const SHORTEST_SLEEP_MS = 0.5

/** One answer being made. */
interface Making {
  readonly reply: Reply
  readonly job: Job
  readonly run: Run
  readonly pace: Pace
}

export async function answer(job: Job, reply: Reply): Promise<void> {
  const { x, site, profile } = reply
  const { ask } = job
  const prompt = toPrompt(ask)
  const promptTokens = countTokens(prompt)
  x.entry.promptTokens = promptTokens
  const seed = toSeed(prompt, profile.seed, ask.seed)
  const plan = planAnswer(ask, { seed, outputTokens: profile.outputTokens, faults: x.faults })
  if (ask.work === 'count') {
    await respondWhole(reply, job, createRun(reply, { ask, plan }))
    return
  }
  const turn = await site.engine.enter(ask.model, x)
  if (turn === 'left') return
  if (turn === 'full') {
    await replyBusy(reply)
    return
  }
  x.entry.loadMs = turn.loadedAtMs - turn.arrivedAtMs
  x.entry.queueMs = turn.startedAtMs - turn.loadedAtMs
  const run = createRun(reply, { ask, plan, turn })
  const pace = createPace(profile, x.faults, { promptTokens, random: createRandom(seed) })
  try {
    const making = { reply, job, run, pace }
    if (ask.stream && job.stream !== undefined) await speak(making, job.stream(run))
    else await think(making)
  } finally {
    turn.release(ask.keepAliveMs)
    if (ask.work === 'generate') {
      const outputTokens = x.entry.tokensWritten
      site.meters.observe(run, { promptTokens, outputTokens, finished: toFinished(run, outputTokens) })
    }
  }
}

function createRun(reply: Reply, given: { ask: Ask; plan: Plan; turn?: Turn }): Run {
  const { x, site, profile } = reply
  const { ask, plan, turn } = given
  const factor = x.faults.get('lying-usage') ?? 1
  const usage: Usage = {
    promptTokens: Math.round(x.entry.promptTokens * factor),
    outputTokens: Math.round(plan.steps.length * factor),
    reasoningTokens: plan.reasoningTokens,
  }
  const now = nowMs()
  return {
    id: site.nextId(),
    createdSeconds: Math.floor(now / MS_PER_SECOND),
    model: ask.model,
    kind: profile.kind,
    plan,
    usage: x.faults.has('no-usage') ? undefined : usage,
    timeline: {
      arrivedAtMs: turn?.arrivedAtMs ?? now,
      loadedAtMs: turn?.loadedAtMs ?? now,
      startedAtMs: turn?.startedAtMs ?? now,
      firstTokenAtMs: now,
      lastTokenAtMs: now,
    },
  }
}

/** A whole answer: all the waiting first, then one write. */
async function think({ reply, job, run, pace }: Making): Promise<void> {
  const { x } = reply
  const { timeline, plan } = run
  if (job.ask.work !== 'load') await pauseUntil(x, timeline.startedAtMs + pace.firstTokenMs)
  timeline.firstTokenAtMs = nowMs()
  x.entry.firstTokenAtMs = timeline.firstTokenAtMs
  let dueAtMs = timeline.firstTokenAtMs
  for (const [index, step] of plan.steps.entries())
    if (index > 0 && step.choice === 0) dueAtMs += pace.gapMs()
  await pauseUntil(x, dueAtMs)
  timeline.lastTokenAtMs = nowMs()
  await respondWhole(reply, job, run)
}

/** A streamed answer: each token when it is due, faults where they were asked for. */
async function speak({ reply, run, pace }: Making, voice: StreamVoice): Promise<void> {
  const { x, wire } = reply
  const speech: Speech = { x, wire, voice }
  const early = reply.profile.earlyHeaders || x.faults.has('early-headers')
  if (early) await open(speech)
  await pauseUntil(x, run.timeline.startedAtMs + pace.firstTokenMs)
  if (x.gone) return
  run.timeline.firstTokenAtMs = nowMs()
  x.entry.firstTokenAtMs = run.timeline.firstTokenAtMs
  if (!early) await open(speech)
  if (x.faults.has('error-200')) {
    await sayError(speech)
    return
  }
  if (await sayTokens(speech, run, pace)) return
  const finishes = !x.faults.has('no-finish')
  if (finishes) await wire.write(voice.closing())
  if (finishes && !x.faults.has('no-done')) await wire.write(voice.ending())
  await wire.end()
}

/** True when the answer is over before its end. */
async function sayTokens(speech: Speech, run: Run, pace: Pace): Promise<boolean> {
  const { x, wire, voice } = speech
  const odd = x.faults.size > 0
  let dueAtMs = run.timeline.firstTokenAtMs
  let index = 0
  for (const step of run.plan.steps) {
    if (odd && (await strikeBefore(speech, index))) return true
    // Choices are decoded side by side: only the first of a round waits.
    if (index > 0 && step.choice === 0) {
      dueAtMs += pace.gapMs()
      await pauseUntil(x, dueAtMs)
    }
    const slow = wire.write(voice.step(step), 1)
    if (slow !== undefined) await slow
    if (x.gone) return true
    index++
    run.timeline.lastTokenAtMs = nowMs()
    if (odd) await sayGiant(speech, step, index)
  }
  return odd && (await strikeBefore(speech, index))
}

async function open({ x, wire, voice }: Speech): Promise<void> {
  wire.openStream(voice.contentType)
  await wire.write(x.faults.has('error-200') ? '' : voice.opening())
  if (x.gone) return
  x.res.flushHeaders()
}

function pauseUntil(x: Reply['x'], dueAtMs: number): Promise<void> | undefined {
  const waitMs = dueAtMs - nowMs()
  return waitMs < SHORTEST_SLEEP_MS ? undefined : x.sleep(waitMs)
}

function toFinished(run: Run, outputTokens: number): Finished {
  if (outputTokens < run.plan.steps.length) return 'abort'
  return run.plan.choices.some((choice) => choice.finish === 'length') ? 'length' : 'stop'
}
