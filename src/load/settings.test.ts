import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings, type LoadSettings, type WrittenLoad } from './settings.ts'
import type { Objective } from './objectives.ts'

const OBJECTIVE: Objective = { name: 'chat', kind: 'firstToken', thresholdMs: 1_000, targetRatio: 0.95 }

function settingsOf(written: WrittenLoad, objectives: readonly Objective[] = []): LoadSettings {
  const read = readSettings({ model: 'm', ...written }, objectives)
  return 'settings' in read ? read.settings : assert.fail(read.complaints.join())
}

const complaintsOf = (written: WrittenLoad, objectives: readonly Objective[] = []): readonly string[] => {
  const read = readSettings({ model: 'm', ...written }, objectives)
  return 'complaints' in read ? read.complaints : []
}

test('without a word it is one request a second for a minute, after ten seconds that do not count', () => {
  const { plan, climb } = settingsOf({})
  assert.deepEqual(plan.pace, { kind: 'open', perSecond: 1, arrivals: 'poisson' })
  assert.deepEqual(
    [plan.durationMs, plan.requests, plan.warmUpMs, climb],
    [60_000, undefined, 10_000, undefined],
  )
  assert.deepEqual([plan.streamRatio, plan.seed, plan.timeoutMs, plan.maxInFlight], [1, 1, 120_000, 1_000])
})

test('rates have a time, callers have none, and a number alone has no end in time', () => {
  assert.deepEqual(settingsOf({ rate: '90/min', arrivals: 'uniform' }).plan.pace, {
    ...{ kind: 'open', perSecond: 1.5, arrivals: 'uniform' },
  })
  const closed = settingsOf({ concurrency: '8', requests: '50' }).plan
  assert.deepEqual(
    [closed.pace, closed.durationMs, closed.requests],
    [{ kind: 'closed', callers: 8 }, undefined, 50],
  )
  assert.equal(closed.maxInFlight, 8)
  assert.equal(settingsOf({ requests: '50', duration: '5s' }).plan.durationMs, 5_000)
})

test('steps are shorter, and a search for the limit goes by doubling', () => {
  const { plan, climb } = settingsOf({ findLimit: true }, [OBJECTIVE])
  assert.deepEqual([plan.durationMs, plan.warmUpMs], [30_000, 5_000])
  assert.deepEqual(
    [climb?.rates.slice(0, 4), climb?.rates.at(-1), climb?.refinements],
    [[1, 2, 4, 8], 1_024, 2],
  )
  assert.deepEqual(settingsOf({ steps: '1,2' }, [OBJECTIVE]).climb, { rates: [1, 2], refinements: 0 })
})

test('every mistake is told at once, with its flag', () => {
  const complaints = complaintsOf({
    ...{ model: '', rate: 'fast', duration: '5', requests: '0', promptTokens: '1:50%', stream: '120' },
    ...{
      seed: '-1',
      maxInFlight: '99999',
      timeout: 'never',
      warmUp: 'x',
      maxTokens: 'all',
      arrivals: 'random',
    },
  })
  const flags = complaints.map((complaint) => /^--[\w-]+/.exec(complaint)?.[0])
  assert.deepEqual(flags.toSorted(), [
    ...[
      '--arrivals',
      '--duration',
      '--max-in-flight',
      '--max-tokens',
      '--model',
      '--prompt-tokens',
      '--rate',
    ],
    ...['--requests', '--seed', '--stream', '--timeout', '--warm-up'],
  ])
})

test('what does not go together is refused', () => {
  assert.match(complaintsOf({ rate: '1', concurrency: '1' }).join(), /choose one/)
  assert.match(complaintsOf({ arrivals: 'uniform', concurrency: '1' }).join(), /--arrivals is for --rate/)
  assert.match(complaintsOf({ steps: '1,2', rate: '1' }, [OBJECTIVE]).join(), /the steps say the rate/)
  assert.match(complaintsOf({ steps: '1,2', findLimit: true }, [OBJECTIVE]).join(), /choose one/)
  assert.match(complaintsOf({ steps: '1,2', requests: '5' }, [OBJECTIVE]).join(), /leave out --requests/)
  assert.match(complaintsOf({ steps: '1,2' }).join(), /give --within/)
  assert.match(complaintsOf({ rate: '99999/s' }).join(), /up to 10000/)
})
