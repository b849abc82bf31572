import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { backendSchema } from '../config.ts'
import { Dialer } from '../upstream/dial/dialer.ts'
import { Backend, type ProbeResult } from './backend.ts'

function backend(given: Readonly<Record<string, unknown>> = {}): Backend {
  return new Backend(
    backendSchema.parse({ name: 'a', url: 'http://127.0.0.1:1', ...given }),
    new Dialer({ clock: createManualClock() }),
  )
}

/** Configured URL, our path, the path it is asked with. */
const PATHS: readonly (readonly [string, string, string])[] = [
  ['http://h:1', '/v1/chat/completions', '/v1/chat/completions'],
  ['http://h:1/', '/v1/chat/completions', '/v1/chat/completions'],
  ['http://h:1/v1', '/v1/chat/completions', '/v1/chat/completions'],
  ['http://h:1/v1/', '/v1/chat/completions', '/v1/chat/completions'],
  ['http://h:1/base', '/v1/chat/completions', '/base/v1/chat/completions'],
  ['http://h:1/base/', '/v1/models', '/base/v1/models'],
  ['http://h:1/base/v1', '/v1/chat/completions', '/base/v1/chat/completions'],
  ['http://h:1/base/v1', '/v1/chat/completions?a=/v1/', '/base/v1/chat/completions?a=/v1/'],
  ['http://h:1/v1', '/v1/messages/count_tokens', '/v1/messages/count_tokens'],
  ['http://h:1', '/api/chat', '/api/chat'],
  ['http://h:1/v1', '/api/chat', '/api/chat'],
  ['http://h:1/base/v1', '/api/tags', '/base/api/tags'],
  ['http://h:1/notv1', '/v1/models', '/notv1/v1/models'],
]

for (const [url, path, asked] of PATHS) {
  test(`${path} at ${url} is ${asked}`, () => {
    assert.equal(backend({ url }).pathFor(path), asked)
    assert.equal(backend({ url }).urlFor(path).href, `http://h:1${asked}`)
  })
}

const probe = (given: Partial<ProbeResult>): ProbeResult => ({
  ...{ finding: 'answers', seconds: 0.1, models: undefined, version: undefined, problem: undefined },
  ...given,
})
const listed = (...names: string[]): { models: ProbeResult['models'] } => ({
  models: names.map((name) => ({ name, detail: {} })),
})

test('a backend is as its last probe found it, and keeps its last listing while it does not answer', () => {
  const subject = backend()
  assert.equal(subject.up, undefined)
  assert.equal(subject.models, undefined)
  subject.learn(probe({ ...listed('m', 'n'), version: '1.2' }), 0)
  assert.equal(subject.edition, 1)
  assert.deepEqual([subject.up, [...(subject.models ?? [])], subject.version], [true, ['m', 'n'], '1.2'])
  subject.learn(probe({ finding: 'refused' }), 0)
  assert.deepEqual([subject.up, [...(subject.models ?? [])], subject.version], [false, ['m', 'n'], '1.2'])
  subject.learn(probe(listed('n')), 0)
  assert.equal(subject.edition, 2)
  subject.learn(probe(listed('n')), 0)
  assert.equal(subject.edition, 2, 'nothing new')
  assert.deepEqual([...(subject.models ?? [])], ['n'])
})

test('configured models stay whatever a probe lists, and patterns stand beside them', () => {
  const subject = backend({ models: ['m', 'qwen3*'] })
  subject.learn(probe(listed('other')), 0)
  assert.deepEqual([...(subject.models ?? [])], ['m'])
  assert.deepEqual(
    subject.patterns.map((each) => [each.text, each.matches('qwen3:8b'), each.matches('other')]),
    [['qwen3*', true, false]],
  )
  assert.deepEqual(subject.live().models, ['m', 'qwen3*'])
})

test('a simulator serves its fault vocabulary by name', () => {
  const [pattern] = backend({ kind: 'simulator' }).patterns
  assert.equal(pattern?.matches('sim:cut-after=5'), true)
  assert.equal(backend({ kind: 'vllm' }).patterns.length, 0)
})
