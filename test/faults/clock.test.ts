// The wall clock may jump by an hour while requests are in flight: what is measured and what is waited for does not change.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { PHASES, type RequestRecord } from '../../src/core/record.ts'
import { createSimulator } from '../../src/simulator/index.ts'
import { componentOrSkip } from '../support/component.ts'
import { parseExposition } from '../support/metrics.ts'
import { startStage, until } from '../support/weir.ts'
import { callers, judge } from './callers.ts'
import { startChildGateway } from './child-gateway.ts'
import { talk, toRequest } from './wire.ts'

const HOUR_MS = 3_600_000
const JUMP_EVERY_MS = 100
/** Six tokens at this distance: every answer sees several jumps. */
const FAULT = 'slow-tokens=60'
const MOST_MS = 5_000
const HALF_AN_HOUR_MS = HOUR_MS / 2

/** There and back, by an hour and by two. */
const JUMPS_MS = [HOUR_MS, 0, -HOUR_MS, HOUR_MS, -HOUR_MS, 0]

function valuesIn(page: string, name: string): number[] {
  return parseExposition(page)
    .filter((sample) => sample.name === name)
    .map(({ value }) => value)
}

function assertSound(record: RequestRecord): void {
  assert.equal(record.outcome, 'ok')
  assert.ok(record.durationMs > 0 && record.durationMs < MOST_MS, `it took ${record.durationMs} ms`)
  let sumMs = 0
  for (const phase of PHASES) {
    assert.ok(record.phases[phase] >= 0, `${phase}: ${record.phases[phase]} ms`)
    sumMs += record.phases[phase]
  }
  assert.ok(Math.abs(sumMs - record.durationMs) < 1, `${sumMs} of ${record.durationMs} ms`)
  for (const { startedMs, endedMs } of record.attempts) assert.ok(endedMs >= startedMs && endedMs < MOST_MS)
}

test('requests in flight while the wall clock jumps end as ever, and their times are the real ones', async () => {
  let offsetMs = 0
  const clock: Clock = { ...systemClock, wall: () => systemClock.wall() + offsetMs }
  const stage = await startStage({
    profile: { outputTokens: 6 },
    backend: { timeouts: { connect: '1s', firstToken: '2s', idle: '2s', total: '10s' } },
    config: {
      server: { headerTimeout: '2s', bodyTimeout: '2s', writeTimeout: '2s' },
      discovery: { every: '50ms' },
    },
    extra: { clock },
  })
  let jumps = 0
  const jumping = setInterval(() => (offsetMs = JUMPS_MS[jumps++ % JUMPS_MS.length] ?? 0), JUMP_EVERY_MS)
  try {
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(
        callers.map(async (caller) => {
          const headers = { ...caller.headers, 'x-sim-fault': FAULT, connection: 'close' }
          const request = toRequest({ path: caller.path, body: caller.toBody('hi'), headers })
          assert.deepEqual(judge(caller, await talk(stage.port, request)), { kind: 'complete' }, caller.name)
        }),
      )
    }
    assert.ok(jumps > 5)
    for (const record of await stage.untilSealed(callers.length * 2)) assertSound(record)
    const page = await stage.scrape()
    assert.deepEqual(valuesIn(page, 'weir_backend_up'), [1])
    for (const name of ['weir_phase_seconds_sum', 'backend_call_duration_seconds_sum']) {
      for (const value of valuesIn(page, name)) assert.ok(value >= 0 && value < 60, `${name} ${value}`)
    }
  } finally {
    clearInterval(jumping)
    await stage.stop()
  }
})

test('a whole process whose time is moved back and forth serves on', async (t) => {
  if (componentOrSkip(t, 'faketime') === undefined) return
  const library = globSync('/usr/lib/**/libfaketime.so.1')[0]
  assert.ok(library !== undefined, 'its library')
  const folder = mkdtempSync(join(tmpdir(), 'weir-clock-'))
  const file = join(folder, 'time')
  const setTime = (offset: string): void => writeFileSync(file, `${offset}\n`)
  setTime('+0')
  const simulator = createSimulator({ outputTokens: 6 })
  const { url } = await simulator.listen()
  const child = await startChildGateway(
    { backends: [{ name: 'sim', url, kind: 'simulator' }] },
    {
      within: [
        'env',
        `LD_PRELOAD=${library}`,
        `FAKETIME_TIMESTAMP_FILE=${file}`,
        'FAKETIME_NO_CACHE=1',
        // An NTP step moves the wall clock alone.
        'DONT_FAKE_MONOTONIC=1',
        'FAKETIME_DONT_FAKE_MONOTONIC=1',
      ],
    },
  )
  try {
    const offsets = ['+1h', '-1h', '+0', '-1h', '+1h']
    const lines: Readonly<Record<string, unknown>>[] = []
    for (const offset of offsets) {
      const caller = callers[0]!
      const request = toRequest({
        path: caller.path,
        body: caller.toBody('hi'),
        headers: { 'x-sim-fault': FAULT, connection: 'close' },
      })
      const answering = talk(child.port, request)
      await until(() => simulator.ledger.totals.inFlight === 1, 'the request at the backend')
      setTime(offset)
      const conversation = await answering
      assert.deepEqual(judge(caller, conversation), { kind: 'complete' })
      lines.push(await child.lineOf(conversation.answers[0]?.headers.get('x-request-id') ?? ''))
    }
    for (const line of lines) {
      assert.equal(line['outcome'], 'ok')
      assert.ok(Number(line['duration_ms']) > 0 && Number(line['duration_ms']) < MOST_MS)
      for (const ms of Object.values(line['phases_ms'] as Record<string, number>))
        assert.ok(ms >= 0 && ms < MOST_MS)
    }
    const times = child.lines().map(({ time }) => Date.parse(String(time)))
    assert.ok(Math.max(...times) - Math.min(...times) > HALF_AN_HOUR_MS, 'its time was really moved')
  } finally {
    assert.equal(await child.stop(), 0)
    await simulator.close()
    rmSync(folder, { recursive: true })
  }
})
