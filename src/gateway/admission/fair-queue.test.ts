import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FairQueue, type Place, type Rank, type Waiting } from './fair-queue.ts'

interface Person extends Waiting {
  rank: Rank
  readonly tenant: string
}

const rank = fc.constantFrom<Rank>(0, 1, 2)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    tenant: fc.constantFrom('a', 'b', 'c'),
    rank,
    dueMs: fc.nat(5),
  }),
  fc.record({ kind: fc.constant('serve' as const) }),
  fc.record({ kind: fc.constant('finish' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('leave' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('rerank' as const), at: fc.nat(), rank }),
)

/** The same order, by looking at everybody. */
function nextOf(places: readonly Place<Person>[]): Place<Person> | undefined {
  return places.toSorted(
    ({ who: a, share: s }, { who: b, share: t }) =>
      a.rank - b.rank ||
      s.held - t.held ||
      s.servedAt - t.servedAt ||
      a.dueMs - b.dueMs ||
      a.sequence - b.sequence,
  )[0]
}

test('whoever comes, leaves and is served, the next is who a look at everybody would choose', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new FairQueue<Person>()
      const places: Place<Person>[] = []
      const served: Place<Person>[] = []
      for (const [sequence, each] of steps.entries()) {
        const chosen = 'at' in each ? places[each.at % Math.max(1, places.length)] : undefined
        if (each.kind === 'join') {
          const { tenant, rank: at, dueMs } = each
          places.push(queue.join(queue.share(tenant), { tenant, rank: at, dueMs, sequence }))
        } else if (each.kind === 'serve') {
          const { first } = queue
          if (first === undefined) continue
          queue.leave(first)
          queue.noteHeld(first.share)
          places.splice(places.indexOf(first), 1)
          served.push(first)
        } else if (each.kind === 'finish') {
          const done = served.splice(each.at % Math.max(1, served.length), 1)[0]
          if (done !== undefined) queue.noteGivenBack(done.share)
        } else if (chosen !== undefined && each.kind === 'leave') {
          queue.leave(chosen)
          queue.leave(chosen)
          places.splice(places.indexOf(chosen), 1)
        } else if (chosen !== undefined && each.kind === 'rerank') {
          chosen.who.rank = each.rank
          queue.rerank(chosen)
        }
        assert.equal(queue.size, places.length)
        assert.equal(queue.first?.who, nextOf(places)?.who)
        for (const name of ['a', 'b', 'c']) {
          assert.equal(queue.share(name).held, served.filter(({ who }) => who.tenant === name).length)
        }
      }
    }),
  )
})

const person = (sequence: number, tenant = 'a', at: Rank = 1): Person => ({
  tenant,
  rank: at,
  dueMs: 0,
  sequence,
})
const join = (queue: FairQueue<Person>, who: Person): Place<Person> =>
  queue.join(queue.share(who.tenant), who)

function serve(queue: FairQueue<Person>): Person | undefined {
  const { first } = queue
  if (first === undefined) return undefined
  queue.leave(first)
  queue.noteHeld(first.share)
  return first.who
}

test('five hundred of one tenant do not come before the one of another', () => {
  const queue = new FairQueue<Person>()
  for (let at = 0; at < 500; at += 1) join(queue, person(at))
  queue.noteHeld(queue.share('a'))
  const alone = join(queue, person(500, 'b'))
  assert.equal(queue.aheadOf(alone), 0)
  assert.equal(serve(queue)?.tenant, 'b')
})

test('a tenant whose slot is held for long does not get every second one besides', () => {
  const queue = new FairQueue<Person>()
  queue.noteHeld(queue.share('slow'))
  join(queue, person(0, 'slow'))
  for (let at = 1; at < 5; at += 1) {
    join(queue, person(at, 'quick'))
    assert.equal(serve(queue)?.tenant, 'quick')
    queue.noteGivenBack(queue.share('quick'))
  }
  assert.equal(serve(queue)?.tenant, 'slow')
})

test('within a tenant, positions are the order of service', () => {
  const queue = new FairQueue<Person>()
  const places = Array.from({ length: 8 }, (_, at) => join(queue, person(at)))
  assert.deepEqual(
    places.map((place) => queue.aheadOf(place)),
    [0, 1, 2, 3, 4, 5, 6, 7],
  )
  const urgent = join(queue, person(8, 'b', 0))
  assert.equal(queue.aheadOf(urgent), 0)
  assert.equal(queue.aheadOf(places[0] ?? urgent), 1)
})

test('between tenants, positions take turns', () => {
  const queue = new FairQueue<Person>()
  const first = Array.from({ length: 4 }, (_, at) => join(queue, person(at, 'a')))
  const second = Array.from({ length: 4 }, (_, at) => join(queue, person(4 + at, 'b')))
  const order = [...first, ...second].map((place) => [queue.aheadOf(place), place.who] as const)
  const served = Array.from({ length: 8 }, () => serve(queue))
  for (const [ahead, who] of order) {
    assert.ok(Math.abs(served.indexOf(who) - ahead) <= 1, `${who.sequence}: ${ahead}, ${served.indexOf(who)}`)
  }
})

test('tenants that are gone are forgotten, those that hold or await something are not', () => {
  const queue = new FairQueue<Person>()
  const waits = queue.share('waits')
  queue.join(waits, person(0, 'waits'))
  const holds = queue.share('holds')
  queue.noteHeld(holds)
  const gone = queue.share('gone')
  for (let at = 0; at < 3_000; at += 1) queue.share(`t${at}`)
  assert.equal(queue.share('waits'), waits)
  assert.equal(queue.share('holds'), holds)
  assert.notEqual(queue.share('gone'), gone)
})
