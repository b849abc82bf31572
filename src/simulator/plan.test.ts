import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noFaults, parseModelFaults } from './fault-set.ts'
import { type Ask, emptyAsk } from './job.ts'
import { createPace } from './pace.ts'
import { planAnswer } from './plan.ts'
import { toProfile } from './profile-parse.ts'
import { countTokens, createRandom, pickWords, toSeed } from './words.ts'

const settings = { seed: 1, outputTokens: 20, faults: noFaults }
const ask = (more: Partial<Ask> = {}): Ask => ({
  ...emptyAsk,
  model: 'm',
  turns: [{ role: 'user', text: 'hello' }],
  ...more,
})
const tools = [
  {
    name: 'f',
    parameters: {
      properties: {
        city: { enum: ['北京🌊', 'Bern'] },
        ok: { type: 'boolean' },
        list: { type: 'array', items: { type: 'integer' } },
      },
    },
  },
]

test('the seed decides the words; the name of the model, the dialect and streaming do not', () => {
  const text = (given: Ask, seed = 1): string | undefined =>
    planAnswer(given, { ...settings, seed }).choices[0]?.text
  assert.equal(text(ask()), text(ask({ model: 'other', stream: true })))
  assert.notEqual(text(ask()), text(ask(), 2))
  const quiet = new Map([['no-done' as const, 0]])
  assert.deepEqual(
    planAnswer(ask(), { ...settings, faults: quiet }),
    planAnswer(ask(), settings),
    'remembered or not',
  )
})

test('a seed is made of the prompt and every number', () => {
  const seeds = [toSeed('a', 1, 2), toSeed('a', 2, 1), toSeed('b', 1, 2), toSeed('a', 1), toSeed('a', 1, 3)]
  assert.equal(new Set(seeds).size, seeds.length)
  assert.equal(toSeed('a', 1, 2), seeds[0])
})

test('the text is the tokens put together, cut at max tokens', () => {
  const plan = planAnswer(ask({ maxTokens: 7 }), settings)
  assert.equal(plan.steps.length, 7)
  assert.equal(plan.steps.map((step) => step.text).join(''), plan.choices[0]?.text)
  assert.equal(plan.choices[0]?.finish, 'length')
  assert.equal(planAnswer(ask({ maxTokens: 20 }), settings).choices[0]?.finish, 'stop')
  assert.equal(planAnswer(ask({ maxTokens: 0 }), settings).steps.length, 0)
})

test('each part has one first and one last token', () => {
  const plan = planAnswer(ask({ tools }), {
    ...settings,
    faults: parseModelFaults('sim:tools-2+reasoning-3'),
  })
  const marks = plan.steps
    .filter((step) => step.first || step.last)
    .map((step) => `${step.kind}${step.first ? ' first' : ''}${step.last ? ' last' : ''}`)
  assert.deepEqual(marks, [
    'reasoning first',
    'reasoning last',
    'tool first',
    'tool last',
    'tool first',
    'tool last',
  ])
  assert.equal(plan.reasoningTokens, 3)
})

test('tool arguments fit the schema, and their fragments cut no character', () => {
  const plan = planAnswer(ask({ tools }), { ...settings, faults: parseModelFaults('sim:tools') })
  const [call] = plan.choices[0]?.calls ?? []
  const args = JSON.parse(call?.json ?? '') as Record<string, unknown>
  assert.equal(args['city'], '北京🌊')
  assert.equal(typeof args['ok'], 'boolean')
  assert.ok(Array.isArray(args['list']) && typeof args['list'][0] === 'number')
  assert.equal(plan.steps.map((step) => step.text).join(''), call?.json)
  for (const step of plan.steps) assert.ok(step.text.isWellFormed())
})

test('a call cut by max tokens has the arguments that were said', () => {
  const plan = planAnswer(ask({ tools, maxTokens: 2 }), {
    ...settings,
    faults: parseModelFaults('sim:tools'),
  })
  const [call] = plan.choices[0]?.calls ?? []
  assert.equal(call?.json, plan.steps.map((step) => step.text).join(''))
  assert.throws(() => JSON.parse(call?.json ?? '') as unknown)
  assert.equal(plan.steps.at(-1)?.last, true)
})

test('token counts follow the bytes, so Chinese costs more than its characters', () => {
  assert.deepEqual(
    [countTokens(''), countTokens('abcd'), countTokens('abcde'), countTokens('水水水水')],
    [1, 1, 2, 3],
  )
})

test('words have characters of one to four bytes', () => {
  const words = pickWords(createRandom(3), 500)
  const sizes = new Set(words.flatMap((word) => [...word].map((letter) => Buffer.byteLength(letter))))
  assert.deepEqual([...sizes].sort(), [1, 2, 3, 4])
})

test('the pace: prefill by prompt length, gaps by rate, jitter within its bounds, faults exact', () => {
  const profile = toProfile({
    firstTokenMs: 100,
    prefillMsPer1kTokens: 200,
    tokensPerSecond: 50,
    jitterRatio: 0.2,
  })
  const random = createRandom(1)
  const steady = createPace({ ...profile, jitterRatio: 0 }, noFaults, { promptTokens: 2000, random })
  assert.deepEqual([steady.firstTokenMs, steady.gapMs()], [500, 20])
  const gaps = Array.from({ length: 200 }, () =>
    createPace(profile, noFaults, { promptTokens: 0, random }).gapMs(),
  )
  assert.ok(gaps.every((gap) => gap >= 16 && gap <= 24))
  assert.ok(Math.max(...gaps) - Math.min(...gaps) > 4)
  const slow = createPace(profile, parseModelFaults('sim:slow-tokens-70+slow-ttft-1000'), {
    promptTokens: 0,
    random,
  })
  assert.equal(slow.gapMs(), 70)
  assert.ok(slow.firstTokenMs >= 1080 && slow.firstTokenMs <= 1120)
  assert.equal(createPace(toProfile({}), noFaults, { promptTokens: 9, random }).gapMs(), 0)
})
