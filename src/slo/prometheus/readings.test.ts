import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../evaluate.ts'
import { toObjective } from '../fixtures/objective.ts'
import type { Objective } from '../objective.ts'
import type { VectorAnswer } from './answer.ts'
import type { PrometheusClient } from './client.ts'
import { readObjectives, type Reading } from './readings.ts'

/** 2026-11-21 12:00:30 UTC. */
const NOW_S = 1_795_262_430

interface Told {
  /** By query; the first whose key is a part of it. */
  readonly answers: readonly (readonly [string, Readonly<Record<string, number>> | string])[]
  readonly retention?: string
  readonly time?: VectorAnswer
}

function toClient({ answers, retention, time }: Told): PrometheusClient & { readonly queries: string[] } {
  const queries: string[] = []
  return {
    shownUrl: 'http://prometheus',
    queries,
    async page(path) {
      if (retention === undefined || path !== 'status/runtimeinfo') return { ok: true, status: 404, text: '' }
      const text = JSON.stringify({ status: 'success', data: { storageRetention: retention } })
      return { ok: true, status: 200, text }
    },
    async query(promql, atSeconds) {
      if (promql === 'time()') return time ?? { ok: true, samples: [{ labels: {}, value: NOW_S }] }
      assert.equal(atSeconds, NOW_S, 'all windows end at the same moment')
      queries.push(promql)
      const [, told = {}] = answers.find(([part]) => promql.includes(part)) ?? []
      if (typeof told === 'string') return { ok: false, reason: told }
      return { ok: true, samples: Object.entries(told).map(([slo, value]) => ({ labels: { slo }, value })) }
    },
  }
}

/** A gateway that has counted 20 bad events of 1,000 in every window. */
const WELL: Told['answers'] = [
  ['increase(weir_slo_good_total', { chat: 980.4 }],
  ['increase(weir_slo_events_total', { chat: 1_000.4 }],
  ['weir_slo_events_total', { chat: 5_000 }],
]

async function read(told: Told, objective: Objective = toObjective()): Promise<Reading> {
  const { byObjective } = await readObjectives({ client: toClient(told), objectives: [objective] })
  const reading = byObjective.get(objective.name)
  assert.ok(reading)
  return reading
}

async function reasonsOf(told: Told, objective?: Objective): Promise<readonly string[]> {
  const reading = await read(told, objective)
  assert.ok(!reading.known)
  return reading.reasons
}

test('sums come in whole events, in the shape of an evaluation', async () => {
  const objective = toObjective()
  const reading = await read({ answers: WELL, retention: '40d' }, objective)
  assert.ok(reading.known)
  const evaluation = evaluate(objective, reading.sums)
  assert.deepEqual(
    [evaluation.own.good, evaluation.own.total, evaluation.attainedRatio, evaluation.budgetRemainingRatio],
    [980, 1_000, 0.98, -1],
  )
  assert.equal(evaluation.burnRates.get(5), 2)
  assert.equal(evaluation.isExhausted, true)
})

test('each window is asked for once, for all objectives together, and of this installation alone', async () => {
  const answers: Told['answers'] = [
    ['increase', { a: 1, b: 1 }],
    ['weir', { a: 1, b: 1 }],
  ]
  const client = toClient({ answers })
  const objectives = [toObjective({ name: 'a' }), toObjective({ name: 'b' })]
  await readObjectives({ client, objectives, matchers: { env: 'prod' } })
  assert.equal(new Set(client.queries).size, client.queries.length)
  assert.ok(client.queries.every((query) => query.includes('{env="prod"}')))
  assert.ok(client.queries.includes('sum by (slo) (increase(weir_slo_good_total{env="prod"}[2592000s]))'))
})

test('a Prometheus that cannot be asked makes everything unknown, with one question', async () => {
  const time: VectorAnswer = { ok: false, reason: 'http://prometheus could not be reached: ECONNREFUSED' }
  const client = toClient({ answers: WELL, time })
  const { atMs, byObjective } = await readObjectives({ client, objectives: [toObjective()] })
  assert.equal(atMs, undefined)
  assert.deepEqual(byObjective.get('chat'), { known: false, reasons: [time.reason] })
  assert.deepEqual(client.queries, [])
  const clockless = await readObjectives({
    client: toClient({ answers: WELL, time: { ok: true, samples: [] } }),
    objectives: [toObjective()],
  })
  assert.equal(clockless.byObjective.get('chat')?.known, false)
})

test('an objective that no gateway has now is unknown, whatever was counted once', async () => {
  const answers = WELL.map(([part, told]) => [part, part === 'weir_slo_events_total' ? {} : told] as const)
  const [reason] = await reasonsOf({ answers })
  assert.match(reason ?? '', /no gateway that is scraped now has weir_slo_events_total of chat/)
})

test('a window that is longer than what is kept is unknown, and says both', async () => {
  assert.deepEqual(await reasonsOf({ answers: WELL, retention: '15d' }), [
    'the window is 30d, but Prometheus keeps only 15d',
  ])
  const short = toObjective({ window: { kind: 'rolling', days: 7 } })
  assert.ok((await read({ answers: WELL, retention: '15d' }, short)).known)
})

test('one window without samples or without a number makes the objective unknown', async () => {
  const holes = [
    [{}, /fewer than two samples in the last 5m/],
    [{ chat: Number.NaN }, /no number over the last 5m/],
    ['http://prometheus says execution: too many samples', /too many samples/],
  ] as const
  for (const [told, expected] of holes) {
    const reasons = await reasonsOf({ answers: [['[300s]', told], ...WELL] })
    assert.equal(reasons.length, 1)
    assert.match(reasons[0] ?? '', expected)
  }
})

test('a month is asked for from its first midnight in the zone on', async () => {
  const client = toClient({ answers: WELL })
  const objectives = [toObjective({ window: { kind: 'month', timeZone: 'Asia/Shanghai' } })]
  const { byObjective } = await readObjectives({ client, objectives })
  // From 2026-10-31 16:00:00 UTC on: 20 days, 20 hours and half a minute.
  const seconds = 20 * 86_400 + 20 * 3_600 + 30
  assert.ok(client.queries.includes(`sum by (slo) (increase(weir_slo_good_total[${seconds}s]))`))
  const reading = byObjective.get('chat')
  assert.ok(reading?.known)
  assert.equal(reading.sums.ownLengthMinutes, 30 * 1_440)
})

test('silence is one only since somebody was scraped', async () => {
  const objective = toObjective({ noDataMinutes: 45 })
  const silent: Told['answers'] = [
    ['increase', { chat: 0 }],
    ['offset 2700s', { chat: 3 }],
    ['weir_slo_events_total', { chat: 3 }],
  ]
  const reading = await read({ answers: silent }, objective)
  assert.ok(reading.known && evaluate(objective, reading.sums).isWithoutData)
  const young = await read({ answers: [['offset', {}], ...silent] }, objective)
  assert.ok(young.known && !evaluate(objective, young.sums).isWithoutData)
})

test('more good events than events are no negative failures', async () => {
  const answers: Told['answers'] = [['increase(weir_slo_good_total', { chat: 1_000.9 }], ...WELL]
  const reading = await read({ answers })
  assert.ok(reading.known)
  assert.deepEqual([reading.sums.own.good, reading.sums.own.total], [1_000, 1_000])
})
