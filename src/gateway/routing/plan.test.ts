import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { DialectName } from '../../core/record.ts'
import { BACKEND_KINDS, STRATEGIES, type BackendKind } from '../config.ts'
import type { Candidate } from './candidate.ts'
import { toRule, toView, type GivenView } from './fixtures/view.ts'
import { modelNotFound } from './not-found.ts'
import { findExclusions, planRoute, type Exclusion, type PlanQuestion } from './plan.ts'
import type { BackendView, HealthState } from './view.ts'

function question(
  model: string,
  backends: readonly BackendView[],
  more: Partial<PlanQuestion> = {},
): PlanQuestion {
  return { model, dialect: 'openai', backends, rule: undefined, turn: 0, ...more }
}

function plan(...asked: Parameters<typeof question>): readonly Candidate[] {
  return planRoute(question(...asked))
}

function excluded(...asked: Parameters<typeof question>): readonly Exclusion[] {
  return findExclusions(question(...asked))
}

const names = (candidates: readonly Candidate[]): string[] => candidates.map(({ backend }) => backend)

/** Asked name, what a backend has, and the name it is then known by. */
const SERVED: readonly (readonly [string, GivenView, string | undefined])[] = [
  ['qwen3', { models: ['qwen3'] }, 'qwen3'],
  ['qwen3', { models: ['Qwen3'] }, undefined],
  ['qwen3', { models: ['qwen3:latest'] }, 'qwen3:latest'],
  ['qwen3', { models: ['qwen3', 'qwen3:latest'] }, 'qwen3'],
  ['qwen3:latest', { models: ['qwen3'] }, undefined],
  ['qwen3:8b', { models: ['qwen3:8b:latest'] }, undefined],
  ['qwen3:8b', { patterns: ['qwen3*'] }, 'qwen3*'],
  ['qwen3:8b', { models: ['qwen3:8b'], patterns: ['qwen3*'] }, 'qwen3:8b'],
  ['llama3', { patterns: ['qwen3*'] }, undefined],
  ['constructor', { models: ['qwen3'] }, undefined],
  ['__proto__', { models: ['qwen3'] }, undefined],
  ['', { models: ['qwen3'] }, undefined],
  ['qwen3', {}, undefined],
]

describe('which backends fit', () => {
  for (const [model, has, known] of SERVED) {
    const models = [...(has.models ?? []), ...(has.patterns ?? [])].join(', ')
    test(`${JSON.stringify(model)} at a backend with ${models || 'nothing'} is ${known ?? 'not served'}`, () => {
      const backends = [toView('a', has)]
      const found = plan(model, backends).map((each) => [each.model, each.target])
      assert.deepEqual(found, known === undefined ? [] : [[known, model]])
      const reason = excluded(model, backends)[0]?.reason
      assert.equal(reason, known === undefined ? 'does not serve this model' : undefined)
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
        const backends = [toView('a', { kind, models: ['m'] })]
        const candidates = plan('m', backends, { dialect })
        assert.equal(candidates.length, speaks[kind].includes(dialect) ? 1 : 0, `${kind} ${dialect}`)
        const reason = `kind ${kind} does not speak the ${dialect} API`
        const told = excluded('m', backends, { dialect })[0]?.reason
        assert.equal(told, candidates.length === 1 ? undefined : reason)
      }
    }
  })

  test('every backend is a candidate or excluded with a reason', () => {
    const backends = [
      toView('a', { models: ['m'] }),
      toView('b', { models: ['x'] }),
      toView('c', { kind: 'anthropic', models: ['m'] }),
    ]
    const out = excluded('m', backends)
    assert.deepEqual([...plan('m', backends), ...out].map((each) => each.backend).toSorted(), ['a', 'b', 'c'])
    assert.ok(out.every(({ reason }) => reason !== ''))
  })
})

describe('rules', () => {
  const backends = [
    toView('a', { models: ['m'] }),
    toView('b', { models: ['other'] }),
    toView('c', { models: ['m'] }),
  ]

  test('a rule that names backends is believed over their listings', () => {
    const found = plan('m', backends, { rule: toRule('m', { name: 'm', backends: ['b', 'c'] }) })
    assert.deepEqual(names(found).toSorted(), ['b', 'c'])
    assert.ok(found.every(({ model }) => model === 'm'))
    const rule = toRule('m', { name: 'm', backends: ['b'] })
    assert.deepEqual(
      excluded('m', backends, { rule }).map(({ reason }) => reason),
      ['is not among the backends of m', 'is not among the backends of m'],
    )
  })

  test('a rule without backends leaves it to the listings', () => {
    assert.deepEqual(names(plan('m', backends, { rule: toRule('m', { name: 'm' }) })), ['a', 'c'])
  })

  test('an alias is looked for, asked for and known by the name it stands for', () => {
    const entries = [
      { name: 'fast', model: 'other' },
      { name: 'm', aliases: ['gpt-4o', 'o*'] },
    ]
    const told = (asked: string): unknown =>
      plan(asked, backends, { rule: toRule(asked, ...entries) }).map(({ backend, model, target }) => [
        backend,
        model,
        target,
      ])
    assert.deepEqual(told('fast'), [['b', 'other', 'other']])
    assert.deepEqual(told('gpt-4o'), [
      ['a', 'm', 'm'],
      ['c', 'm', 'm'],
    ])
    assert.deepEqual(told('o1'), told('gpt-4o'))
  })

  test('a backend with a name of its own for the model is asked for that, and the model is known by one name', () => {
    const rule = toRule('m', { name: 'm', backends: ['a', { name: 'b', model: 'Org/M' }] })
    assert.deepEqual(
      plan('m', backends, { rule }).map(({ backend, model, target }) => [backend, model, target]),
      [
        ['a', 'm', 'm'],
        ['b', 'm', 'Org/M'],
      ],
    )
  })

  test('of a pattern every name is asked for as it is, and known by its listing or else by the pattern', () => {
    const rule = toRule('m', { name: '*', backends: ['a', 'b'] })
    assert.deepEqual(
      plan('m', backends, { rule }).map(({ backend, model, target }) => [backend, model, target]),
      [
        ['a', 'm', 'm'],
        ['b', '*', 'm'],
      ],
    )
  })
})

describe('the order', () => {
  const at = (name: string, state: HealthState, more: GivenView = {}): BackendView =>
    toView(name, { models: ['m'], ...more, health: { state } })

  test('whoever is ready comes first, whoever cannot just now later, whoever failed last', () => {
    const backends = [
      ...(['dead', 'hung', 'ejected', 'cooling', 'loading', 'busy'] as const).map((state) =>
        at(state, state),
      ),
      at('trial running', 'probation', { inflight: 1 }),
      at('available', 'available', { inflight: 9 }),
      at('probation', 'probation'),
    ]
    const order = names(plan('m', backends))
    assert.deepEqual(order.slice(0, 2), ['probation', 'available'])
    assert.deepEqual(order.slice(2, 5).toSorted(), ['busy', 'loading', 'trial running'])
    assert.deepEqual(order.slice(5).toSorted(), ['cooling', 'dead', 'ejected', 'hung'])
  })

  test('the reason says in words what is known', () => {
    const backends = [
      at('a', 'dead', { inflight: 2 }),
      toView('b', { models: ['m'], health: { rampRatio: 0.25 }, slots: { inUse: 1, limit: 1, queued: 3 } }),
    ]
    assert.deepEqual(
      plan('m', backends).map(({ reason }) => reason),
      ['available, takes 25 % of its turns, 0 in flight, 3 waiting', 'dead: for a reason, 2 in flight'],
    )
  })

  test('whose turn it is depends on those that fit, not on those that do not', () => {
    const backends = [
      toView('a', { models: ['m'] }),
      toView('x', { models: ['other'] }),
      toView('b', { models: ['m'] }),
    ]
    const leaders = [0, 1, 2, 3].map((turn) => names(plan('m', backends, { turn }))[0])
    assert.deepEqual(leaders, ['a', 'b', 'a', 'b'])
  })

  test('a backend that comes back leads its share of the times, under every strategy', () => {
    const turns = 1_200
    for (const strategy of STRATEGIES.filter((each) => each !== 'priority')) {
      for (const rampRatio of [0.1, 0.25, 0.5, 1]) {
        const backends = ['a', 'b', 'c'].map((name) =>
          toView(name, { models: ['m'], health: { rampRatio: name === 'b' ? rampRatio : 1 } }),
        )
        const rule = toRule('m', { name: 'm', strategy })
        const led = Array.from({ length: turns }, (_, turn) => names(plan('m', backends, { rule, turn }))[0])
        const share = led.filter((name) => name === 'b').length / turns
        assert.ok(Math.abs(share - rampRatio / 3) < 0.01, `${strategy} ${rampRatio}: ${share}`)
      }
    }
  })

  const anyHealth = fc.record({
    state: fc.constantFrom<HealthState>(
      ...(['available', 'probation', 'busy', 'loading', 'cooling', 'ejected', 'hung', 'dead'] as const),
    ),
    rampRatio: fc.double({ min: 0.1, max: 1, noNaN: true }),
  })
  const fleet = fc
    .array(fc.record({ inflight: fc.nat(3), health: anyHealth }), { maxLength: 6 })
    .map((given) => given.map((each, index) => toView(`b${index}`, { ...each, models: ['m'] })))

  test('the same question has the same answer with every candidate once, and asking changes nothing', () => {
    fc.assert(
      fc.property(fleet, fc.constantFrom(...STRATEGIES), fc.nat(), (backends, strategy, turn) => {
        const frozen = Object.freeze(backends.map((each) => Object.freeze(each)))
        const rule = toRule('m', { name: 'm', strategy })
        const found = names(plan('m', frozen, { rule, turn }))
        assert.deepEqual(found.toSorted(), backends.map(({ name }) => name).toSorted())
        assert.deepEqual(names(plan('m', frozen, { rule, turn })), found)
      }),
    )
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
