import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultProfile, demoProfile } from './profile.ts'
import { changeProfile, parseProfile, SimulatorProfileError } from './profile-parse.ts'

function problemsOf(json: unknown): string[] {
  try {
    parseProfile(json)
  } catch (error) {
    assert.ok(error instanceof SimulatorProfileError)
    for (const { path, message } of error.problems) assert.ok(error.message.includes(`${path}: ${message}`))
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

test('nothing written is the default, and the demo is a valid profile', () => {
  assert.deepEqual(parseProfile({}), defaultProfile)
  assert.ok(parseProfile(demoProfile).models.length >= 3)
})

test('models may be names, and what is not said about them is filled in', () => {
  const { models } = parseProfile({ models: ['a', { name: 'b', sizeBytes: 10, cold: true, loadMs: 5 }] })
  assert.deepEqual(
    models.map((model) => model.name),
    ['a', 'b'],
  )
  assert.deepEqual([models[0]?.cold, models[1]?.cold, models[1]?.sizeVramBytes], [false, true, 10])
})

test('rules are filled in too', () => {
  const { faults } = parseProfile({ faults: [{ fault: 'cut-after', arg: 5 }] })
  assert.deepEqual(faults, [{ fault: 'cut-after', arg: 5, probabilityRatio: 1, models: undefined }])
})

test('what was read reads as itself again, from memory and from JSON', () => {
  const profile = parseProfile({
    ...demoProfile,
    faults: [{ fault: 'hang' }, { fault: 'cut-after', models: ['a'] }],
  })
  assert.deepEqual(parseProfile(profile), profile)
  assert.deepEqual(parseProfile(JSON.parse(JSON.stringify(profile))), profile)
})

test('every problem is reported at once, with its path', () => {
  const problems = problemsOf({
    kind: 'tgi',
    slots: -1,
    seed: 1.5,
    jitterRatio: 2,
    strictModels: 'yes',
    models: ['', { size: 3 }, { name: 'a', loadMs: 'long' }],
    faults: [
      { fault: 'cut' },
      { fault: 'hang', arg: 3 },
      { probabilityRatio: 0.1 },
      { fault: '500', models: 'a' },
    ],
    tokenPerSecond: 4,
  })
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    [
      'kind',
      'slots',
      'seed',
      'jitterRatio',
      'strictModels',
      'models[0]',
      'models[1].size',
      'models[1].name',
      'models[2].loadMs',
      'faults[0].fault',
      'faults[1].arg',
      'faults[2].fault',
      'faults[3].models',
      'tokenPerSecond',
    ],
  )
  assert.match(problems[0] ?? '', /must be one of ollama, vllm, llamacpp, openai, anthropic/)
  assert.match(problems[1] ?? '', /must be a whole number of at least 0/)
  assert.match(problems[3] ?? '', /must be a number from 0 to 1/)
  assert.match(problems.at(-1) ?? '', /unknown key; known keys are .*tokensPerSecond/)
})

test('what is no profile at all is said to be none', () => {
  for (const json of [null, 4, 'x', []]) assert.deepEqual(problemsOf(json), ['(profile): must be an object'])
  assert.deepEqual(problemsOf({ models: {} }), ['models: must be a list'])
  assert.deepEqual(problemsOf({ models: [4] }), ['models[0]: must be an object'])
  assert.deepEqual(problemsOf({ models: ['a', 'b', 'a'] }), ['models: "a" is there more than once'])
  assert.deepEqual(problemsOf(JSON.parse('{"__proto__": {"slots": 1}}')).length, 1)
})

test('a change replaces what it names and keeps the rest, or changes nothing', () => {
  const changed = changeProfile(defaultProfile, { slots: 2 })
  assert.deepEqual(changed, { ...defaultProfile, slots: 2 })
  assert.throws(() => changeProfile(changed, { slots: 3, queueLength: 'x' }), SimulatorProfileError)
})
