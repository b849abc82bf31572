import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Circuit, type CircuitState } from './circuit.ts'
import type { HealthSettings } from './config.ts'

const SETTINGS: HealthSettings = {
  failures: 5,
  ejectFor: 30_000,
  maxEjectFor: 300_000,
  maxEjectedShare: 0.5,
  slowStart: 30_000,
}

const always = (): boolean => true
const never = (): boolean => false

function fail(circuit: Circuit, nowMs: number, mayEject = always): boolean {
  return circuit.onFailure({ startedMs: nowMs, endedMs: nowMs }, SETTINGS, mayEject)
}

function succeed(circuit: Circuit, nowMs: number): void {
  circuit.onSuccess({ startedMs: nowMs, endedMs: nowMs })
}

/** Opens a closed circuit with five failures at one moment. */
function eject(circuit: Circuit, nowMs: number): void {
  for (let count = 0; count < SETTINGS.failures; count += 1) fail(circuit, nowMs)
  assert.equal(circuit.state, 'open')
}

test('five failures in a row open it, and one success between them begins the count anew', () => {
  const circuit = new Circuit()
  for (let count = 0; count < 4; count += 1) assert.equal(fail(circuit, 0), false)
  succeed(circuit, 0)
  for (let count = 0; count < 4; count += 1) assert.equal(fail(circuit, 0), false)
  assert.equal(fail(circuit, 0), true)
  assert.deepEqual([circuit.state, circuit.untilMs, circuit.cause], ['open', 30_000, 'failures'])
})

test('one trial decides: a success closes it, a failure opens it for longer', () => {
  const circuit = new Circuit()
  eject(circuit, 0)
  circuit.tick(29_999)
  assert.equal(circuit.state, 'open')
  circuit.tick(30_000)
  assert.equal(circuit.state, 'half-open')
  fail(circuit, 31_000)
  assert.deepEqual([circuit.state, circuit.untilMs], ['open', 31_000 + 60_000])
  circuit.tick(91_000)
  succeed(circuit, 92_000)
  assert.equal(circuit.state, 'closed')
})

test('a stream from before the time out is no verdict on the trial', () => {
  const circuit = new Circuit()
  eject(circuit, 1_000)
  circuit.tick(31_000)
  assert.equal(circuit.onFailure({ startedMs: 500, endedMs: 31_500 }, SETTINGS, always), false)
  assert.equal(circuit.state, 'half-open')
  const stillOpen = new Circuit()
  eject(stillOpen, 1_000)
  stillOpen.onSuccess({ startedMs: 500, endedMs: 2_000 })
  assert.equal(stillOpen.state, 'open')
  // Asked as a last resort while it rested, and it served.
  stillOpen.onSuccess({ startedMs: 1_500, endedMs: 2_000 })
  assert.equal(stillOpen.state, 'closed')
})

test('the rest grows to its cap, and health takes one back for each rest that would have passed', () => {
  const circuit = new Circuit()
  let nowMs = 0
  const rests: number[] = []
  eject(circuit, nowMs)
  for (let count = 0; count < 12; count += 1) {
    rests.push(circuit.untilMs - nowMs)
    nowMs = circuit.untilMs
    circuit.tick(nowMs)
    fail(circuit, nowMs)
  }
  assert.deepEqual(rests.slice(0, 3), [30_000, 60_000, 90_000])
  assert.equal(Math.max(...rests), 300_000)
  nowMs = circuit.untilMs
  circuit.tick(nowMs)
  succeed(circuit, nowMs)
  // Thirteen rests so far; in ten minutes of health twenty are forgiven, and the next is a first one again.
  nowMs += 600_000
  eject(circuit, nowMs)
  assert.equal(circuit.untilMs - nowMs, 30_000)
})

test('a hung backend is out at once, and any sign of life brings it back', () => {
  const circuit = new Circuit()
  assert.equal(circuit.trip(0, SETTINGS, never), false)
  assert.equal(circuit.state, 'closed')
  assert.equal(circuit.trip(0, SETTINGS, always), true)
  assert.deepEqual([circuit.state, circuit.cause], ['open', 'hung'])
  circuit.revive(10)
  assert.equal(circuit.state, 'closed')
  eject(circuit, 20)
  circuit.revive(30)
  assert.equal(circuit.state, 'open', 'one that failed is not brought back by a token of an old stream')
})

test('a returning backend takes a tenth of its turns and a little more each moment', () => {
  const circuit = new Circuit()
  assert.equal(circuit.rampRatio(0, SETTINGS), 1)
  eject(circuit, 0)
  circuit.tick(30_000)
  succeed(circuit, 30_000)
  assert.equal(circuit.rampRatio(30_000, SETTINGS), 0.1)
  assert.equal(circuit.rampRatio(45_000, SETTINGS), 0.5)
  assert.equal(circuit.rampRatio(60_000, SETTINGS), 1)
  assert.equal(circuit.rampRatio(30_000, { ...SETTINGS, slowStart: 0 }), 1)
})

type Event = 'success' | 'failure' | 'hung' | 'sign' | number

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<Event>('success') },
    { weight: 6, arbitrary: fc.constant<Event>('failure') },
    { weight: 1, arbitrary: fc.constantFrom<Event>('hung', 'sign') },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  ),
  { maxLength: 200 },
)

const EDGES: Readonly<Record<CircuitState, readonly CircuitState[]>> = {
  closed: ['closed', 'open'],
  open: ['open', 'half-open', 'closed'],
  'half-open': ['half-open', 'open', 'closed'],
}

test('whatever happens, it moves along its edges, rests no longer than the cap, and ramps between a tenth and one', () => {
  fc.assert(
    fc.property(events, (given) => {
      const circuit = new Circuit()
      let nowMs = 0
      let inARow = 0
      for (const event of given) {
        const { state: before, untilMs } = circuit
        if (typeof event === 'number') {
          nowMs += event
          circuit.tick(nowMs)
          if (before === 'open') assert.equal(circuit.state, nowMs >= untilMs ? 'half-open' : 'open')
        } else if (event === 'success') succeed(circuit, nowMs)
        else if (event === 'failure') fail(circuit, nowMs)
        else if (event === 'hung') circuit.trip(nowMs, SETTINGS, always)
        else circuit.revive(nowMs)
        inARow = event === 'failure' ? inARow + 1 : event === 'success' ? 0 : inARow
        assert.ok(EDGES[before].includes(circuit.state), `${before} to ${circuit.state} by ${event}`)
        if (before === 'closed' && circuit.state === 'open' && event === 'failure')
          assert.ok(inARow >= SETTINGS.failures)
        if (circuit.state === 'open') assert.ok(circuit.untilMs - nowMs <= SETTINGS.maxEjectFor)
        else assert.equal(circuit.untilMs, Infinity)
        const ratio = circuit.rampRatio(nowMs, SETTINGS)
        assert.ok(ratio >= 0.1 && ratio <= 1)
      }
    }),
  )
})

test('where the fleet says no, no number of failures opens it', () => {
  fc.assert(
    fc.property(events, (given) => {
      const circuit = new Circuit()
      let nowMs = 0
      for (const event of given) {
        if (typeof event === 'number') circuit.tick((nowMs += event))
        else if (event === 'failure') fail(circuit, nowMs, never)
        else if (event === 'hung') circuit.trip(nowMs, SETTINGS, never)
        assert.equal(circuit.state, 'closed')
      }
    }),
  )
})
