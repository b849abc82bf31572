import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseGlob } from '../../access/glob.ts'
import type { DialectName } from '../../core/record.ts'
import { BACKEND_KINDS, type BackendKind } from '../config.ts'
import { modelNotFound } from './not-found.ts'
import { planRoute, type ModelRule, type Plan, type PlanQuestion } from './plan.ts'
import type { BackendView } from './view.ts'

function view(
  name: string,
  given: Partial<Omit<BackendView, 'patterns'>> & { patterns?: string[] } = {},
): BackendView {
  const { patterns = [], models, ...rest } = given
  return {
    name,
    kind: 'openai',
    inflight: 0,
    up: true,
    models,
    ...rest,
    patterns: patterns.map((text) => ({ text, matches: parseGlob(text) })),
  }
}

const serves = (...models: string[]): { models: ReadonlySet<string> } => ({ models: new Set(models) })

function plan(model: string, backends: readonly BackendView[], more: Partial<PlanQuestion> = {}): Plan {
  return planRoute({ model, dialect: 'openai', backends, rules: [], turn: 0, ...more })
}

const names = ({ candidates }: Plan): string[] => candidates.map(({ backend }) => backend)

/** Asked name, what a backend has, and the name it is then known by. */
const SERVED: readonly (readonly [string, Parameters<typeof view>[1], string | undefined])[] = [
  ['qwen3', serves('qwen3'), 'qwen3'],
  ['qwen3', serves('Qwen3'), undefined],
  ['qwen3', serves('qwen3:latest'), 'qwen3:latest'],
  ['qwen3', serves('qwen3', 'qwen3:latest'), 'qwen3'],
  ['qwen3:latest', serves('qwen3'), undefined],
  ['qwen3:8b', serves('qwen3:8b:latest'), undefined],
  ['qwen3:8b', { patterns: ['qwen3*'] }, 'qwen3*'],
  ['qwen3:8b', { ...serves('qwen3:8b'), patterns: ['qwen3*'] }, 'qwen3:8b'],
  ['llama3', { patterns: ['qwen3*'] }, undefined],
  ['constructor', serves('qwen3'), undefined],
  ['__proto__', serves('qwen3'), undefined],
  ['', serves('qwen3'), undefined],
  ['qwen3', {}, undefined],
]

describe('which backends fit', () => {
  for (const [model, has, known] of SERVED) {
    const models = [...(has?.models ?? []), ...(has?.patterns ?? [])].join(', ')
    test(`${JSON.stringify(model)} at a backend with ${models || 'nothing'} is ${known ?? 'not served'}`, () => {
      const { candidates, excluded } = plan(model, [view('a', has)])
      assert.deepEqual(
        candidates.map((each) => each.model),
        known === undefined ? [] : [known],
      )
      assert.equal(excluded[0]?.reason, known === undefined ? 'does not serve this model' : undefined)
    })
  }

  test('every kind gets the dialects it speaks itself, and the reason names the one it does not', () => {
    const speaks: Readonly<Record<BackendKind, readonly DialectName[]>> = {
      ollama: ['openai', 'ollama', 'anthropic'],
      vllm: ['openai', 'anthropic'],
      llamacpp: ['openai', 'anthropic'],
      openai: ['openai'],
      anthropic: ['anthropic'],
      simulator: ['openai', 'ollama', 'anthropic'],
    }
    for (const kind of BACKEND_KINDS) {
      for (const dialect of ['openai', 'ollama', 'anthropic'] as const) {
        const { candidates, excluded } = plan('m', [view('a', { kind, ...serves('m') })], { dialect })
        assert.equal(candidates.length, speaks[kind].includes(dialect) ? 1 : 0, `${kind} ${dialect}`)
        const reason = `kind ${kind} does not speak the ${dialect} API`
        assert.equal(excluded[0]?.reason, candidates.length === 1 ? undefined : reason)
      }
    }
  })

  test('every backend is a candidate or excluded with a reason', () => {
    const backends = [
      view('a', serves('m')),
      view('b', serves('x')),
      view('c', { kind: 'anthropic', ...serves('m') }),
    ]
    const { candidates, excluded } = plan('m', backends)
    assert.deepEqual([...candidates, ...excluded].map((each) => each.backend).toSorted(), ['a', 'b', 'c'])
    assert.ok(excluded.every(({ reason }) => reason !== ''))
  })
})

describe('rules', () => {
  const backends = [view('a', serves('m')), view('b', serves('other')), view('c', serves('m'))]
  const rule = (given: readonly string[] | undefined): { rules: readonly ModelRule[] } => ({
    rules: [{ name: 'm', backends: given }],
  })

  test('a rule that names backends is believed over their listings', () => {
    assert.deepEqual(names(plan('m', backends, rule(['b', 'c']))).toSorted(), ['b', 'c'])
    assert.deepEqual(plan('m', backends, rule(['b'])).candidates[0]?.model, 'm')
    assert.deepEqual(names(plan('m', backends, rule(['nobody']))), [])
  })

  test('a rule without backends leaves it to the listings', () => {
    assert.deepEqual(names(plan('m', backends, rule(undefined))).toSorted(), ['a', 'c'])
  })

  test('a rule speaks of its own name only', () => {
    assert.deepEqual(names(plan('other', backends, rule(['a']))), ['b'])
  })
})

describe('the order', () => {
  test('what is down comes last and says so, and the busier comes later', () => {
    const backends = [
      view('down', { up: false, ...serves('m') }),
      view('busy', { inflight: 2, ...serves('m') }),
      view('idle', serves('m')),
    ]
    const found = plan('m', backends)
    assert.deepEqual(names(found), ['idle', 'busy', 'down'])
    assert.deepEqual(
      found.candidates.map(({ reason }) => reason),
      ['up, 0 in flight', 'up, 2 in flight', 'down at the last probe, kept as a last resort, 0 in flight'],
    )
  })

  test('whose turn it is depends on those that fit, not on those that do not', () => {
    const backends = [view('a', serves('m')), view('x', serves('other')), view('b', serves('m'))]
    const leaders = [0, 1, 2, 3].map((turn) => names(plan('m', backends, { turn }))[0])
    assert.deepEqual(leaders, ['a', 'b', 'a', 'b'])
  })

  test('the same question has the same answer, and asking changes nothing', () => {
    const backends = [view('a', serves('m')), view('b', serves('m'))].map((each) => Object.freeze(each))
    const question = Object.freeze({ turn: 7, rules: Object.freeze([]) })
    assert.deepEqual(plan('m', Object.freeze(backends), question), plan('m', backends, question))
  })
})

describe('a model that nobody serves', () => {
  test('is told with the nearest names, and what the caller wrote is quoted and cut', () => {
    const hostile = `qwen33\n"}\u0000${'x'.repeat(10_000)}`
    const error = modelNotFound(hostile, ['qwen3', 'llama3'])
    assert.equal(error.code, 'model_not_found')
    assert.equal(error.param, 'model')
    assert.match(error.message, /^No backend serves the model "qwen33\\n\\"}\\u0000x+"\. Nearest: /)
    assert.ok(error.message.length < 200)
  })

  test('is told plainly when there are no names at all', () => {
    assert.match(modelNotFound('m', []).message, /No backend lists any model\.$/)
  })
})
