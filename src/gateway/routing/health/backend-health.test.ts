import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError, type ErrorCode } from '../../../core/errors.ts'
import type { HealthState } from '../view.ts'
import { BackendHealth, type HealthHost } from './backend-health.ts'

interface Stage {
  readonly health: BackendHealth
  readonly changes: string[]
  readonly end: (
    nowMs: number,
    code?: ErrorCode,
    more?: { status?: number; retryAfterSeconds?: number },
  ) => HealthState
}

function open(host: Partial<HealthHost> = {}): Stage {
  const health = new BackendHealth()
  const changes: string[] = []
  health.adopt({
    settings: {
      failures: 3,
      ejectFor: 30_000,
      maxEjectFor: 300_000,
      maxEjectedShare: 0.5,
      slowStart: 10_000,
    },
    mayEject: () => true,
    random: () => 0,
    onChange: (from) => void changes.push(`${from} > ${health.state}`),
    ...host,
  })
  return {
    health,
    changes,
    end(nowMs, code, { status, ...details } = {}) {
      const error = code === undefined ? undefined : new WeirError(code, details)
      health.attemptOver({ error, status, startedMs: nowMs, endedMs: nowMs, isWhole: true })
      return health.state
    },
  }
}

test('it is ejected, tried and taken back step by step, and each change is told once', () => {
  const { health, changes, end } = open()
  for (let count = 0; count < 3; count += 1) end(0, 'backend_unreachable')
  assert.deepEqual([health.state, health.untilMs, health.circuit], ['ejected', 30_000, 'open'])
  assert.match(health.reason, /backend_unreachable/)
  health.update(30_000)
  assert.deepEqual([health.state, health.circuit], ['probation', 'half-open'])
  end(31_000)
  assert.deepEqual([health.state, health.rampRatio], ['available', 0.1])
  health.update(36_000)
  assert.equal(health.rampRatio, 0.5)
  assert.deepEqual(changes, ['available > ejected', 'ejected > probation', 'probation > available'])
})

test('a 429 cools it for as long as it asked, a bounded time, and not shorter', () => {
  const { health, end } = open({ random: () => 0.5 })
  end(0, 'rate_limited', { retryAfterSeconds: 10 })
  assert.deepEqual([health.state, health.untilMs, health.circuit], ['cooling', 10_500, 'closed'])
  health.update(10_500)
  assert.equal(health.state, 'available')
  end(20_000, 'rate_limited', { retryAfterSeconds: 3_600 })
  assert.equal(health.untilMs, 20_000 + 315_000)
})

test('a 503 makes it busy for a moment and never ejects it', () => {
  const { health, end } = open()
  for (let count = 0; count < 50; count += 1)
    assert.equal(end(count, 'backend_error', { status: 503, retryAfterSeconds: 2 }), 'busy')
  health.update(2_100)
  assert.equal(health.state, 'available')
  end(3_000, 'backend_error', { status: 503, retryAfterSeconds: 600 })
  assert.equal(health.untilMs, 33_000)
})

test('callers that leave or err never change it', () => {
  const { health, changes, end } = open()
  for (let count = 0; count < 20; count += 1)
    for (const code of [
      'client_closed',
      'invalid_request',
      'model_not_found',
      'draining',
      'internal',
    ] as const)
      end(count, code)
  assert.deepEqual([health.state, changes], ['available', []])
})

test('a fleet that cannot do without it keeps it, and is not asked at every failure', () => {
  let asked = 0
  const { health, end } = open({ mayEject: () => ((asked += 1), false) })
  for (let nowMs = 0; nowMs < 2_000; nowMs += 10) end(nowMs, 'backend_error', { status: 500 })
  assert.equal(health.state, 'available')
  assert.ok(asked <= 3, `asked ${asked} times`)
})

test('one unanswered probe is bad luck, two are death, unless tokens flow', () => {
  const { health } = open()
  health.probed('silent', 'took over 2000 ms', 0)
  assert.equal(health.state, 'available')
  health.probed('silent', 'took over 2000 ms', 5_000)
  assert.deepEqual([health.state, health.reason], ['dead', 'took over 2000 ms'])
  health.silence.lastSignMs = 6_000
  health.update(6_000)
  assert.equal(health.state, 'available')
})

test('a refused probe is death at once, and what comes back from it comes back step by step', () => {
  const { health } = open()
  health.probed('refused', 'ECONNREFUSED', 0)
  assert.equal(health.state, 'dead')
  health.probed('answers', undefined, 5_000)
  assert.deepEqual([health.state, health.rampRatio], ['available', 0.1])
})

test('loading is not failing: it is told by the probe and over when the probe says so', () => {
  const { health } = open()
  health.probed('loading', 'loading its model', 0)
  assert.deepEqual([health.state, health.circuit], ['loading', 'closed'])
  health.probed('answers', undefined, 5_000)
  assert.deepEqual([health.state, health.rampRatio], ['available', 1])
})

const SILENT = { firstTokenMs: 1_000, oldestWholeMs: undefined, wholesOverdue: 0, isMute: false }

test('hung is out like ejected, is tried like ejected, and ends with a token from anywhere', () => {
  const { health, end } = open()
  end(0, 'first_token_timeout')
  end(0, 'first_token_timeout')
  assert.equal(health.judgeSilence({ nowMs: 1_000, ...SILENT }), true)
  assert.deepEqual([health.state, health.circuit], ['hung', 'open'])
  health.update(31_000)
  assert.equal(health.state, 'probation')
  end(32_000, 'first_token_timeout')
  assert.equal(health.state, 'hung')
  health.silence.lastSignMs = 33_000
  health.update(33_000)
  assert.deepEqual([health.state, health.circuit, health.rampRatio], ['available', 'closed', 0.1])
})

test('the last one may be hung without being ejected', () => {
  const { health, end } = open({ mayEject: () => false })
  end(0, 'first_token_timeout')
  end(0, 'first_token_timeout')
  assert.equal(health.judgeSilence({ nowMs: 1_000, ...SILENT }), true)
  assert.deepEqual([health.state, health.circuit], ['hung', 'closed'])
  health.silence.lastSignMs = 2_000
  health.update(2_000)
  assert.equal(health.state, 'available')
})

test('one that hung without being ejected is tried again after as long, a little at a time', () => {
  const { health, end } = open({ mayEject: () => false })
  end(0, 'first_token_timeout')
  end(0, 'first_token_timeout')
  health.judgeSilence({ nowMs: 1_000, ...SILENT })
  assert.deepEqual([health.state, health.untilMs], ['hung', 31_000])
  health.update(30_999)
  assert.equal(health.state, 'hung')
  health.update(31_000)
  assert.deepEqual([health.state, health.rampRatio, health.untilMs], ['available', 0.1, Infinity])
  end(32_000, 'first_token_timeout')
  end(32_000, 'first_token_timeout')
  health.judgeSilence({ nowMs: 33_000, ...SILENT })
  assert.equal(health.state, 'hung', 'the evidence counts anew')
})

test('a trial that ends with a mistake of its caller does not leave it hung with nobody to ask it', () => {
  const { health, end } = open()
  end(0, 'first_token_timeout')
  end(0, 'first_token_timeout')
  health.judgeSilence({ nowMs: 1_000, ...SILENT })
  health.update(31_000)
  end(32_000, 'invalid_request', { status: 400 })
  assert.deepEqual([health.state, health.circuit], ['available', 'closed'])
})

test('a new host means new settings, and everything that is known stays', () => {
  const { health, end } = open()
  for (let count = 0; count < 2; count += 1) end(0, 'backend_unreachable')
  health.adopt({
    settings: { failures: 3, ejectFor: 1_000, maxEjectFor: 1_000, maxEjectedShare: 1, slowStart: 0 },
    mayEject: () => true,
    random: () => 0,
    onChange: () => undefined,
  })
  end(0, 'backend_unreachable')
  assert.deepEqual([health.state, health.untilMs], ['ejected', 1_000])
})
