import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplayedSide, ReplayReport } from '../../app/sla.ts'
import { paintNothing } from '../../records/read/paint.ts'
import { printReplay } from './sla-replay-print.ts'

type Episode = ReplayedSide['episodes'][number]

const FROM_MINUTE = Date.UTC(2026, 10, 14) / 60_000

function toEpisode(severity: 'page' | 'ticket', fromMinute: number, toMinute: number): Episode {
  return {
    alert: {
      ...{ name: 'SloBudgetBurn', severity, labels: { slo: 'chat' } },
      facts: {} as Episode['alert']['facts'],
    },
    ...{ fromMinute: FROM_MINUTE + fromMinute, toMinute: FROM_MINUTE + toMinute },
    ...{ isOpen: false, isInMaintenance: false },
  }
}

function toReport(records: number, ...episodes: readonly Episode[]): ReplayReport {
  const chat = { name: 'chat', promise: 'requests succeed', targetRatio: 0.99, good: 9, total: 10 }
  const objectives = [{ ...chat, excluded: 0, attainedRatio: 0.9, budgetRemainingRatio: -9 }]
  return {
    ...{ version: 1, fromMinute: FROM_MINUTE, toMinute: FROM_MINUTE + 1_440, records },
    ...{ changed: { objectives, episodes }, present: undefined, notes: [] },
  }
}

const print = (report: ReplayReport): readonly string[] =>
  printReplay(report, paintNothing, 'UTC').split('\n')

test('time in which a page and its ticket were told together counts once', () => {
  const [, , , row = ''] = print(
    toReport(12, toEpisode('ticket', 10, 70), toEpisode('page', 20, 40), toEpisode('page', 60, 90)),
  )
  assert.match(row, /^chat .* 2 {8}1 {1,}1h20m$/)
  const [, , , apart = ''] = print(toReport(12, toEpisode('page', 100, 110), toEpisode('page', 20, 40)))
  assert.match(apart, / 30m$/)
})

test('so many records are told as people read numbers', () => {
  const first = (records: number): string => print(toReport(records))[0] ?? ''
  assert.match(first(1), /, 1 record, each/)
  assert.match(first(1_234_567), /, 1,234,567 records, each/)
})
