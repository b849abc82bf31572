import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { HealthState } from '../view.ts'
import { mayEject, type Member } from './guard.ts'

const member = (state: HealthState = 'available'): Member => ({
  health: { state },
})

function ask(
  backends: readonly Member[],
  share = 0.5,
  servers: readonly (readonly Member[])[] = [backends],
): boolean {
  const [backend] = backends
  assert.ok(backend !== undefined)
  return mayEject({ backend, backends, maxEjectedShare: share, servers })
}

test('the only one is never ejected, and of two one may be, however small the share', () => {
  assert.equal(ask([member()]), false)
  assert.equal(ask([member(), member()]), true)
  assert.equal(ask([member(), member()], 0), true)
})

test('never more than the share at once', () => {
  assert.equal(ask([member(), member('ejected'), member(), member()]), true)
  assert.equal(ask([member(), member('ejected'), member('probation'), member()]), false)
  assert.equal(ask([member(), member('ejected'), member('probation'), member()], 1), true)
})

test('a backend that is dead, loading or hung is nobody to rely on', () => {
  for (const state of ['dead', 'loading', 'hung', 'ejected', 'probation'] as const)
    assert.equal(ask([member(), member(state)], 1), false, state)
  for (const state of ['busy', 'cooling', 'available'] as const)
    assert.equal(ask([member(), member(state)], 1), true, state)
})

test('it rests where that helps anything it serves, and stays where nobody could take its place', () => {
  const [a, b, c] = [member(), member(), member()]
  assert.equal(ask([a, b, c], 1, [[a, b], [a, c], [b]]), true)
  assert.equal(
    ask([a, b, c], 1, [[a, b], [a]]),
    true,
    'being the only one for something else protects nobody',
  )
  assert.equal(ask([a, b, c], 1, [[a], [b, c]]), false)
  assert.equal(ask([a, b, c], 1, [[b, c]]), false)
  const dead = member('dead')
  assert.equal(ask([a, b, dead], 1, [[a, dead], [a]]), false)
})

const states = fc.constantFrom<HealthState>(
  'available',
  'probation',
  'busy',
  'loading',
  'cooling',
  'ejected',
  'hung',
  'dead',
)

test('whatever is ejected, somebody useful is left beside it, and the share holds', () => {
  fc.assert(
    fc.property(
      fc.array(states, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, share) => {
        const backends = given.map(member)
        if (!ask(backends, share)) return
        const others = backends.slice(1)
        assert.ok(others.some(({ health }) => ['available', 'busy', 'cooling'].includes(health.state)))
        const out =
          1 + others.filter(({ health }) => ['ejected', 'hung', 'probation'].includes(health.state)).length
        assert.ok(out === 1 || out <= share * backends.length)
      },
    ),
  )
})
