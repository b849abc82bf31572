// A month of counts whose figures were computed elsewhere, in a real store: the report has them to the last digit, with minutes and
// when only hours are left.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import type { PackedStore } from '../../src/records/packed-store.ts'
import { createPostgresStore } from '../../src/records/postgres/threaded.ts'
import { createSqliteStore, toRecordsFile } from '../../src/records/sqlite/store.ts'
import { OCTOBER, toOctober } from '../../src/slo/report/fixtures/october.ts'
import { startPostgres } from '../support/postgres.ts'
import { createShell } from '../support/shell.ts'
import type { Written } from '../support/weir.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 21)
const CONFIG = {
  timezone: 'UTC',
  slos: [
    { name: 'chat', sli: 'availability', objective: '99.5%', window: 'month', timeZone: 'Europe/Berlin' },
    { name: 'rolling', sli: 'availability', objective: '99%' },
  ],
}

interface Filled {
  readonly store: PackedStore
  /** Where it is, as the configuration has it. */
  readonly place: Written
}

async function fill(store: PackedStore): Promise<void> {
  await store.open()
  for (const objective of ['chat', 'rolling'])
    await store.write({ records: [], contents: [], minutes: toOctober(objective) })
}

async function fillFile(context: TestContext): Promise<Filled> {
  const data = mkdtempSync(join(tmpdir(), 'weir-month-'))
  context.after(() => rmSync(data, { recursive: true, force: true }))
  const store = createSqliteStore({ file: toRecordsFile(data), mode: 'own' })
  context.after(() => store.close())
  await fill(store)
  return { store, place: { data } }
}

async function fillPostgres(context: TestContext): Promise<Filled | undefined> {
  const server = await startPostgres(context)
  if (server === undefined) return undefined
  const url = await server.createDatabase()
  const store = createPostgresStore({ kind: 'postgres', secret: new Secret(url), shown: url })
  context.after(() => store.close())
  await fill(store)
  return { store, place: { records: { store: url } } }
}

interface Figures {
  readonly good: number
  readonly total: number
  readonly bad: number
  readonly excluded: number
  readonly attainedRatio: number
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly budget: object
  readonly incidents: readonly { from: string; to: string; bad: number; spent: object; isByHour: boolean }[]
  readonly outside: { readonly bad: number }
  readonly worstHours: readonly { from: string; bad: number }[]
  readonly coverage: { readonly missing: number; readonly idle: number; readonly hoursOnly: number }
}

const BUDGET = {
  ...{ events: 14_701.44, minutes: 223.5, remainingRatio: 0.816888685734 },
  spent: { ratio: 0.183111314266, minutes: 40.9253787384 },
}

async function checkMonth(context: TestContext, { store, place }: Filled): Promise<void> {
  const weir = createShell(context, JSON.stringify({ ...CONFIG, ...place }), {}, { wall: () => NOW_MS })
  const report = async (): Promise<readonly Figures[]> => {
    const { code, out } = await weir('sla report --month 2026-10 --format json')
    assert.equal(code, 0)
    return (JSON.parse(out) as { objectives: Figures[] }).objectives
  }
  const check = ({ good, total, bad, excluded, attainedRatio, budget, ...rest }: Figures): void => {
    assert.deepEqual([good, total, bad, excluded], [2_937_596, 2_940_288, 2_692, 44_550])
    assert.equal(attainedRatio, 0.999084443428671)
    assert.deepEqual(budget, BUDGET)
    assert.deepEqual([rest.from, rest.to], ['2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'])
    assert.equal(rest.timeZone, 'Europe/Berlin')
    assert.equal(rest.coverage.missing, 30)
    assert.deepEqual(
      rest.worstHours.map((hour) => hour.bad),
      [1_310, 400, 166, 120, 120],
    )
    assert.equal(
      rest.incidents.reduce((sum, incident) => sum + incident.bad, rest.outside.bad),
      2_692,
    )
  }

  const [byMinute, rolling] = await report()
  assert.ok(byMinute && rolling)
  check(byMinute)
  assert.deepEqual(
    byMinute.incidents.map(({ from, to, bad, spent }) => [from, to, bad, spent]),
    [
      [
        '2026-10-04T09:20:00.000Z',
        '2026-10-04T10:05:00.000Z',
        1_476,
        { ratio: 0.100398328327, minutes: 22.4390263811 },
      ],
      [
        '2026-10-14T19:31:00.000Z',
        '2026-10-14T19:37:00.000Z',
        399,
        { ratio: 0.0271401985112, minutes: 6.06583436725 },
      ],
      [
        '2026-10-21T18:00:00.000Z',
        '2026-10-21T21:00:00.000Z',
        360,
        { ratio: 0.0244873971529, minutes: 5.47293326368 },
      ],
    ],
  )
  assert.deepEqual([byMinute.outside.bad, byMinute.coverage.idle], [457, 120])
  // The other one has no zone of its own, and the month of another zone is another time.
  assert.deepEqual([rolling.timeZone, rolling.from], ['UTC', '2026-10-01T00:00:00.000Z'])

  const keep = { recordsMs: DAY_MS, hoursMs: 400 * DAY_MS, maxBytes: undefined }
  await store.retain({ ...keep, minutesMs: NOW_MS - (OCTOBER.fromMinute + 22_200) * 60_000 }, NOW_MS)
  const [half] = await report()
  assert.ok(half)
  check(half)
  assert.deepEqual([half.incidents.at(-1), half.coverage.hoursOnly], [byMinute.incidents.at(-1), 370])

  await store.retain({ ...keep, minutesMs: DAY_MS }, NOW_MS)
  const [byHour] = await report()
  assert.ok(byHour)
  check(byHour)
  assert.ok(byHour.incidents.every(({ isByHour }) => isByHour))
  assert.equal(byHour.coverage.hoursOnly, 745)
}

test('a report of a month has the figures that are known, from minutes and from hours alone', async (context) => {
  await checkMonth(context, await fillFile(context))
})

test('the same month in PostgreSQL has the same figures', async (context) => {
  const filled = await fillPostgres(context)
  if (filled !== undefined) await checkMonth(context, filled)
})
