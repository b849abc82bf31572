import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_TABLE } from '../../core/errors.ts'
import type { Alert, AlertFacts } from '../../core/alert.ts'
import { PHASES } from '../../core/record.ts'
import { LATENCIES } from '../../slo/config.ts'
import { GAUGES } from '../../slo/thresholds/config.ts'
import { NOON_MS, toBurnFacts, toObjectiveFacts } from '../fixtures/alerts.ts'
import { describeGroup } from './describe.ts'
import { EN } from './en.ts'
import { ZH } from './zh.ts'

const FACTS: readonly AlertFacts[] = [
  toBurnFacts({
    blamed: [{ phase: 'queue', backend: 'b', model: undefined, band: undefined, shareRatio: 1 }],
  }),
  toBurnFacts({ budgetRemainingRatio: -0.18, exhaustedInMs: undefined, attainedRatio: undefined }),
  { kind: 'exhausted', slo: toObjectiveFacts() },
  ...[3.2, 0].map((recentBurnRate) => ({
    ...{ kind: 'exhausted' as const, slo: toObjectiveFacts() },
    spending: { burnRate: 24.8, longWindow: '3d', recentBurnRate, recentWindow: '5m' },
  })),
  { kind: 'no-data', slo: toObjectiveFacts(), sinceMs: 1_800_000 },
  {
    ...{ kind: 'threshold', rule: 'slow', measure: 'p95 of duration', value: 5.2, threshold: 3 },
    ...{ unit: 'seconds', forMs: 120_000 },
  },
  {
    ...{ kind: 'threshold', rule: 'gpu', measure: 'GPU memory', value: 0.934, threshold: 0.9 },
    ...{ unit: 'ratio', forMs: 300_000 },
  },
  { kind: 'backend-down', backend: 'ollama-2', reason: 'connection refused', models: ['qwen3:4b'] },
  { kind: 'gateway-down' },
  { kind: 'watchdog', broken: 'objectives have not been evaluated' },
]

function toMessages(language: 'en' | 'zh') {
  return FACTS.flatMap((facts) =>
    (['firing', 'resolved'] as const).map((kind) => {
      const labels = { model: 'm', tenant: 't', route: '/v1/chat', backend: 'b', slo: 's' }
      const alert: Alert = { name: 'A', labels, severity: 'page', startedAtMs: NOON_MS, facts }
      return describeGroup(
        {
          ...{
            id: 'g',
            notificationId: 'n',
            kind,
            name: 'A',
            severity: 'page',
            labels,
            over: [],
            relapses: 1,
          },
          alerts: [{ alert, endedAtMs: undefined }],
          ...{ startedAtMs: NOON_MS, endedAtMs: kind === 'firing' ? undefined : NOON_MS + 90_000 },
          ...{ quietNeededMs: 240_000, late: { reason: undefined }, runbook: undefined },
        },
        {
          ...{ language, timeZone: 'UTC', nowMs: NOON_MS + 90_000 },
          links: { console: undefined, dashboard: undefined, logs: undefined, runbook: undefined },
        },
      )
    }),
  )
}

for (const language of ['en', 'zh'] as const) {
  test(`every condition has its words (${language}), none of them left over from a program`, () => {
    for (const { title, text } of toMessages(language)) {
      assert.doesNotMatch(`${title}\n${text}`, /undefined|NaN|\[object|null|\$\{/)
      assert.ok(title.length > 6 && title.length < 120, title)
    }
  })
}

/** Both tables have the same keys down to the last one; the compiler knows the fixed ones, not those that are looked up. */
function keysOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return [path]
  return Object.entries(value).flatMap(([key, entry]) => keysOf(entry, `${path}.${key}`))
}

test('both languages say all that the other one says', () => {
  const isLookedUp = (key: string): boolean => /^\.(promises|measures)\b/.test(key)
  const [chinese, english] = [ZH, EN].map((phrases) => keysOf(phrases).filter((key) => !isLookedUp(key)))
  assert.deepEqual(chinese?.toSorted(), english?.toSorted())
  for (const phase of PHASES) assert.ok(Object.hasOwn(EN.phases, phase), phase)
})

test('every code that spends an error budget has words', () => {
  const spending = Object.entries(ERROR_TABLE).filter(
    ([, { blame }]) => blame === 'backend' || blame === 'gateway',
  )
  for (const [code] of spending)
    assert.ok(Object.hasOwn(EN.codes, code) && Object.hasOwn(ZH.codes, code), code)
})

test('Chinese has words for every indicator and every gauge', () => {
  for (const kind of ['availability', ...LATENCIES]) {
    assert.ok(Object.hasOwn(ZH.promises, kind) && Object.hasOwn(ZH.measures, kind), kind)
  }
  for (const kind of GAUGES) assert.ok(Object.hasOwn(ZH.measures, kind), kind)
})

test('no English stands in a Chinese message but names and what the configuration says', () => {
  for (const { title } of toMessages('zh')) {
    assert.match(title, /^【.+】/)
    assert.match(title, /\p{Script=Han}/u)
  }
})
