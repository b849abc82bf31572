import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WeirError, type ErrorCode } from '../../core/errors.ts'
import type { Failure } from '../upstream/retry.ts'
import { Course, type CourseInput } from './course.ts'
import { toCandidate, toRule, toView } from './fixtures/view.ts'
import type { BackendView, HealthState } from './view.ts'

type Names = Readonly<Record<string, readonly string[]>>

/** Who serves which model, as `backend` or `backend:state`; `m` falls back to the others in their order. */
function course(models: Names, more: Partial<CourseInput> = {}): Course {
  const fallback = Object.keys(models).filter((name) => name !== 'm')
  const rule = toRule('m', { name: 'm', fallback })
  const views = new Map<string, BackendView>()
  const plans = new Map(
    Object.entries(models).map(([model, backends]) => {
      const candidates = backends.map((text) => {
        const [name = '', state = 'available'] = text.split(':')
        const view = views.get(name) ?? toView(name, { health: { state: state as HealthState } })
        views.set(name, view)
        return toCandidate(view, { model })
      })
      return [model, { model, candidates, rule: model === 'm' ? rule : undefined }]
    }),
  )
  return new Course({
    chart: { plan: (model) => plans.get(model) ?? { model, candidates: [], rule: undefined } },
    model: 'm',
    dialect: 'openai',
    principal: undefined,
    attempts: 3,
    ...more,
  })
}

const open = (of: Course): string => of.open.map(({ model, backend }) => `${model}@${backend}`).join(' ')

const FAILED: Failure = { wasSent: true, repeatSent: true, lostBeforeAnswer: false }
const LOST: Failure = { ...FAILED, lostBeforeAnswer: true }

/** Tries the best of who is open, which fails; returns who is open then. */
function fail(of: Course, code: ErrorCode = 'backend_error', failure = FAILED): string {
  const [best] = of.open
  assert.ok(best !== undefined, 'nobody is open')
  of.take(best)
  return of.decide(new WeirError(code), failure) === 'again' ? open(of) : 'give up'
}

describe('one model', () => {
  test('every candidate is tried once, in its order, as often as is allowed', () => {
    const three = course({ m: ['a', 'b', 'c', 'd'] })
    assert.equal(open(three), 'm@a m@b m@c m@d')
    assert.equal(fail(three), 'm@b m@c m@d')
    assert.equal(fail(three), 'm@c m@d')
    assert.equal(fail(three), 'give up')
    assert.equal(fail(course({ m: ['a'] })), 'give up')
    assert.equal(fail(course({ m: ['a', 'b'] }, { attempts: 1 })), 'give up')
  })

  test('what is asked about a model is not asked of its fallback', () => {
    const models = { m: ['a', 'b:dead'], f: ['c'] }
    const way = course(models, { isAboutModel: true })
    assert.equal(fail(way), 'm@b')
    assert.equal(fail(way), 'give up')
    assert.equal(open(course({ m: [], f: ['c'] }, { isAboutModel: true })), '')
    assert.equal(fail(course(models)), 'f@c')
  })

  test('who is taken need not be the first', () => {
    const way = course({ m: ['a', 'b', 'c'] })
    const [, second] = way.open
    assert.ok(second !== undefined)
    way.take(second)
    assert.equal(way.decide(new WeirError('backend_error'), FAILED), 'again')
    assert.equal(open(way), 'm@a m@c')
  })

  test('whoever failed before is open only when nobody better is left, and is not refused then', () => {
    const way = course({ m: ['a', 'b:busy', 'c:dead'] })
    assert.equal(open(way), 'm@a')
    assert.equal(fail(way), 'm@b')
    assert.equal(fail(way), 'm@c')
    assert.equal(open(course({ m: ['a:ejected'] })), 'm@a')
  })

  test('what another try would not mend is not tried again', () => {
    for (const code of ['deadline_exceeded', 'client_closed', 'draining', 'invalid_request'] as const) {
      assert.equal(fail(course({ m: ['a', 'b'], n: ['c'] }), code), 'give up', code)
    }
    assert.equal(
      fail(course({ m: ['a', 'b'] }), 'backend_error', { ...FAILED, repeatSent: false }),
      'give up',
    )
  })

  test('a connection that broke before any answer is tried once more at the same backend, when no other is left', () => {
    const one = course({ m: ['a'] })
    assert.equal(fail(one, 'backend_unreachable', LOST), 'm@a')
    assert.equal(fail(one, 'backend_unreachable', LOST), 'give up')
    const two = course({ m: ['a', 'b'] })
    assert.equal(fail(two, 'backend_unreachable', LOST), 'm@b')
    assert.equal(fail(two, 'backend_unreachable', LOST), 'm@b')
    assert.equal(fail(two, 'backend_unreachable', LOST), 'give up')
    const other = course({ m: ['a', 'b:dead'] })
    assert.equal(fail(other, 'backend_unreachable', LOST), 'm@a', 'better than one that is dead')
    assert.equal(fail(course({ m: ['a'] }, { attempts: 1 }), 'backend_unreachable', LOST), 'give up')
  })
})

describe('fallback', () => {
  test('the next model is tried when every backend of the first has failed', () => {
    const way = course({ m: ['a'], n: ['b'], o: ['c'] })
    assert.equal(way.fallback, undefined)
    assert.equal(fail(way, 'model_not_found'), 'n@b')
    assert.deepEqual(way.fallback, { from: 'm', reason: 'model_not_found' })
    assert.equal(fail(way), 'o@c')
    assert.deepEqual(way.fallback, { from: 'm', reason: 'model_not_found' }, 'why the first was left')
  })

  test('one attempt is kept for it', () => {
    const way = course({ m: ['a', 'b', 'c'], n: ['d'] })
    assert.equal(fail(way), 'm@b m@c')
    assert.equal(fail(way), 'n@d')
    assert.equal(fail(way), 'give up')
    const two = course({ m: ['a', 'b'], n: ['d'] }, { attempts: 2 })
    assert.equal(fail(two), 'n@d')
    const lost = course({ m: ['a'], n: ['d'] }, { attempts: 2 })
    assert.equal(fail(lost, 'backend_unreachable', LOST), 'n@d')
  })

  test('an attempt is not kept for a fallback that nobody serves', () => {
    const way = course({ m: ['a', 'b', 'c'], n: [], o: ['d:dead'] })
    assert.equal(fail(way), 'm@b m@c')
    assert.equal(fail(way), 'm@c')
  })

  test('of its backends those come first that have not failed the request under the other name', () => {
    const way = course({ m: ['a', 'b'], n: ['a', 'b', 'c'] })
    assert.equal(fail(way), 'm@b')
    assert.equal(fail(way), 'n@c n@a n@b')
  })

  test('with one attempt in all it is for when nobody of the first model can be asked', () => {
    assert.equal(fail(course({ m: ['a'], n: ['b'] }, { attempts: 1 })), 'give up')
    assert.equal(open(course({ m: ['a:dead'], n: ['b'] }, { attempts: 1 })), 'n@b')
  })

  test('it is turned to at once when nobody of the first model is there or well', () => {
    const none = course({ m: [], n: ['b'] })
    assert.equal(open(none), 'n@b')
    assert.deepEqual(none.fallback, { from: 'm', reason: 'no_backend' })
    assert.equal(open(course({ m: ['a:ejected', 'b:cooling'], n: ['b:cooling', 'c'] })), 'n@c')
    assert.equal(open(course({ m: ['a:busy'], n: ['b'] })), 'm@a', 'busy is worth a try')
  })

  test('whoever is in bad health is asked when no model has anybody better', () => {
    const way = course({ m: ['a:dead'], n: ['b'], o: ['c:dead'] })
    assert.equal(open(way), 'n@b')
    assert.equal(fail(way), 'm@a')
    assert.equal(way.fallback, undefined)
    assert.equal(fail(way), 'o@c')
  })

  test('it is turned to when the queue of the first model is full, and the queue is not tried again', () => {
    const way = course({ m: ['a', 'b:dead'], n: ['c'] })
    assert.equal(way.leave(new WeirError('queue_full')), true)
    assert.equal(open(way), 'n@c')
    assert.deepEqual(way.fallback, { from: 'm', reason: 'queue_full' })
    assert.equal(fail(way), 'give up')
    assert.equal(course({ m: ['a'] }).leave(new WeirError('queue_timeout')), false)
  })

  test('a caller is not sent to a model that it may not use', () => {
    const principal = { mayUse: (model: string) => model !== 'n' }
    const way = course({ m: ['a'], n: ['b'], o: ['c'] }, { principal })
    assert.equal(fail(way), 'o@c')
    assert.equal(fail(course({ m: ['a'], n: ['b'] }, { principal })), 'give up')
  })
})

describe('the verdict', () => {
  test('is the error of the last attempt', () => {
    const way = course({ m: ['a', 'b'] })
    fail(way, 'backend_unreachable')
    fail(way, 'first_token_timeout')
    assert.equal(way.verdict(0).code, 'first_token_timeout')
  })

  test('is no_backend when only such were asked as were known to be down, with the time they may be back', () => {
    const way = course({ m: ['a:dead', 'b:ejected'] })
    fail(way, 'backend_unreachable')
    fail(way, 'backend_unreachable')
    assert.deepEqual([way.verdict(0).code, way.verdict(0).retryAfterSeconds], ['no_backend', 5])
    const view = toView('a', { health: { state: 'ejected', untilMs: 10_500 } })
    const candidates = [toCandidate(view)]
    const chart = { plan: (model: string) => ({ model, rule: undefined, candidates }) }
    const one = new Course({ chart, model: 'm', dialect: 'openai', principal: undefined, attempts: 3 })
    fail(one, 'backend_unreachable')
    assert.equal(one.verdict(3_200).retryAfterSeconds, 8)
    assert.equal(one.verdict(20_000).retryAfterSeconds, 1)
  })

  test('is what they said when they answered after all, or only wanted a pause', () => {
    for (const [state, code] of [
      ['cooling', 'rate_limited'],
      ['cooling', 'backend_unreachable'],
      ['dead', 'backend_error'],
      ['hung', 'first_token_timeout'],
    ] as const) {
      const way = course({ m: [`a:${state}`] })
      fail(way, code)
      assert.equal(way.verdict(0).code, code)
    }
  })

  test('is the refusal of the queue when nothing else happened', () => {
    const way = course({ m: ['a'] })
    way.leave(new WeirError('queue_full', { retryAfterSeconds: 3 }))
    assert.deepEqual([way.verdict(0).code, way.verdict(0).retryAfterSeconds], ['queue_full', 3])
  })
})
