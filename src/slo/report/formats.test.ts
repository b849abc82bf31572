import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printReport } from './formats.ts'
import type { ObjectiveReport, SlaReport, Span } from './report.ts'

const FROM = Date.UTC(2026, 9, 1) / 60_000
const PERIOD: Span = { fromMinute: FROM, toMinute: FROM + 44_640 }
const EVIL = '=cmd|"/c calc"!A1,<img src=x onerror=alert(1)> | *bold* \u202e\u001b[2J'

function toReport(given: Partial<ObjectiveReport> = {}): SlaReport {
  const spent = { ratio: 0.5, minutes: 111.6 }
  const objective: ObjectiveReport = {
    ...{
      ...PERIOD,
      endMinute: PERIOD.toMinute,
      name: 'chat',
      description: undefined,
      timeZone: 'Asia/Shanghai',
    },
    ...{ promise: '99.5% of requests succeed', about: { kind: 'availability', thresholdMs: undefined } },
    ...{ targetRatio: 0.995, good: 99_750, total: 100_000, bad: 250, excluded: 12, verdict: 'kept' },
    attainedRatio: 0.99996,
    budget: { events: 500, minutes: 223.2, spent, remainingRatio: -0.5 },
    incidents: [
      {
        ...{ fromMinute: FROM + 60, toMinute: FROM + 90, good: 50, total: 290, bad: 240 },
        ...{ spent, isByHour: false, isSmall: false },
        ...{ blamed: { of: 'failures', slices: [], badEvents: 240, text: EVIL } },
      },
    ],
    outside: { bad: 10, spent: { ratio: 0.02, minutes: 4.464 } },
    worstHours: [{ fromMinute: FROM + 60, good: 50, total: 290, bad: 240, spent }],
    coverage: {
      ...{ minutes: 44_640, counted: 44_600, idle: 7, missing: 40, hoursOnly: 2, isRounded: true },
      gaps: [{ kind: 'within', fromMinute: FROM + 120, toMinute: FROM + 160, minutes: 40 }],
    },
    recordsFromMinute: FROM,
    maintenance: [{ name: 'backup', fromMinute: FROM + 200, toMinute: FROM + 260 }],
    details: {
      ...{ fromMinute: FROM, good: 1, total: 3, bad: 2, sampledRecords: undefined },
      blamed: { of: 'failures', slices: [], badEvents: 2, text: 'all at gpu-2' },
      models: [{ name: EVIL, good: 1, total: 3, bad: 2 }],
      tenants: [{ name: undefined, good: 1, total: 3, bad: 2 }],
      causes: [
        { cause: 'backend_error', badEvents: 2, example: { id: EVIL, durationMs: 1_234, text: undefined } },
      ],
      exclusions: [{ reason: 'caller', events: 12 }],
    },
    ...given,
  }
  return { version: 1, writtenAtMs: Date.UTC(2026, 10, 1), objectives: [objective] }
}

/** What a program reads (RFC 4180). */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [['']]
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? ''
    const row = rows.at(-1) ?? []
    const last = row.length - 1
    if (isQuoted && sign === '"' && text[at + 1] === '"') row[last] += text[(at += 1)] ?? ''
    else if (sign === '"') isQuoted = !isQuoted
    else if (!isQuoted && sign === ',') row.push('')
    else if (!isQuoted && sign === '\r') continue
    else if (!isQuoted && sign === '\n') rows.push([''])
    else row[last] += sign
  }
  return rows.slice(0, -1)
}

test('a table of values has a row for each fact, and the same columns in each row', () => {
  const rows = parseCsv(printReport(toReport(), 'csv', 'en'))
  const [head = [], ...facts] = rows
  assert.ok(facts.every((row) => row.length === head.length))
  assert.deepEqual(
    facts.map(([section]) => section),
    [
      'objective',
      'budget',
      'budget',
      'budget',
      'incident',
      'outside',
      'hour',
      'model',
      'tenant',
      'cause',
      'excluded',
      'maintenance',
      'gap',
    ],
  )
  const cell = (section: string, column: string): string | undefined =>
    facts.find((row) => row[0] === section)?.[head.indexOf(column)]
  assert.equal(cell('objective', 'from'), '2026-10-01T00:00:00.000Z')
  assert.equal(cell('objective', 'good'), '99750')
  assert.equal(facts[3]?.[head.indexOf('ratio')], '-0.5', 'a number stays one')
  assert.equal(cell('gap', 'minutes'), '40')
})

test('no cell begins a formula, whoever wrote what stands in it', () => {
  const texts = [EVIL, '+1', '-1+1', '@SUM(A1)', '\t=1', '＝1', ' =1']
  for (const name of texts) {
    const report = toReport({ details: { ...required(), models: [{ name, good: 0, total: 1, bad: 1 }] } })
    const row = parseCsv(printReport(report, 'csv', 'en')).find(([section]) => section === 'model')
    assert.equal(row?.[4]?.[0], "'", name)
  }
})

function required(): NonNullable<ObjectiveReport['details']> {
  const { details } = toReport().objectives[0] ?? {}
  assert.ok(details)
  return details
}

test('a spreadsheet is told that Chinese is Unicode, and a program is not bothered with it in English', () => {
  assert.equal(printReport(toReport(), 'csv', 'zh').charCodeAt(0), 0xfeff)
  assert.equal(printReport(toReport(), 'csv', 'en').charCodeAt(0), 's'.charCodeAt(0))
})

test('in HTML a broken promise is seen at once, and neither a time nor a number is broken over two lines', () => {
  const page = printReport(toReport({ verdict: 'broken' }), 'html', 'en')
  assert.match(page, /<td class="marked">broken<\/td>/)
  assert.match(page, /<td class="moment">2026-10-\d\d \d\d:\d\d<\/td>/)
  assert.match(page, /\.number, \.moment \{[^}]*white-space: nowrap; overflow-wrap: normal/)
  assert.doesNotMatch(printReport(toReport({ verdict: 'kept' }), 'html', 'en'), /class="marked"/)
})

test('a period in which nothing was counted, or one request, is told in whole sentences', () => {
  const nothing: Partial<ObjectiveReport> = {
    verdict: 'unknown',
    ...{ good: 0, total: 0, bad: 0, attainedRatio: undefined },
    ...{ incidents: [], outside: { bad: 0, spent: { ratio: undefined, minutes: undefined } } },
  }
  const silent = printReport(toReport(nothing), 'md', 'en')
  assert.doesNotMatch(silent, /Outside of incidents/)
  assert.match(silent, /No request came that counts/)
  const { coverage } = toReport().objectives[0] ?? {}
  assert.ok(coverage)
  const uncounted = toReport({ ...nothing, coverage: { ...coverage, counted: 0, missing: 44_640 } })
  assert.match(printReport(uncounted, 'md', 'en'), /Nobody has counted for this objective/)
  const one = printReport(toReport({ good: 1, total: 1, bad: 0 }), 'md', 'en')
  assert.match(one, /1 of 1 request was good/)
  for (const language of ['en', 'zh'] as const) {
    const busy = printReport(toReport({ coverage: { ...coverage, idle: 0 } }), 'md', language)
    assert.doesNotMatch(busy, /in 0 of them|其中 0 分钟/)
    assert.match(printReport(toReport(), 'md', language), /no request came|分钟没有请求/)
  }
})

test('no text becomes markup in HTML, nothing is fetched, and every tag is closed', () => {
  for (const language of ['en', 'zh'] as const) {
    const page = printReport(toReport(), 'html', language)
    assert.ok(!page.includes('<img'), language)
    assert.ok(page.includes('&lt;img src=x onerror=alert(1)&gt;'))
    assert.doesNotMatch(page, /[\u202e\u001b]/)
    assert.doesNotMatch(page, /<(?:script|link|iframe)|(?:src|href)="/)
    assert.match(page, /default-src 'none'/)
    assert.match(page, /@page \{ size: A4/)
    const open: string[] = []
    for (const [, slash, tag = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (['meta'].includes(tag)) continue
      if (slash === '') open.push(tag)
      else assert.equal(open.pop(), tag)
    }
    assert.deepEqual(open, [])
  }
})

test('no text becomes markup in Markdown, and no cell breaks its table', () => {
  const text = printReport(toReport({ description: '# not a heading' }), 'md', 'en')
  assert.ok(!text.includes('\n# not'))
  assert.ok(text.includes('\\<img src=x onerror=alert(1)\\>'))
  assert.match(text, /^## chat: 99\.5% of requests succeed$/m)
  assert.match(text, /\| backend_error \|/)
  const list = printReport(toReport({ description: '1. no list' }), 'md', 'en')
  assert.ok(list.includes('\n1\\. no list\n'))
  const tables = text.split('\n\n').filter((block) => block.startsWith('|'))
  assert.ok(tables.length >= 6)
  for (const table of tables) {
    const counts = new Set(
      table
        .trim()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length),
    )
    assert.equal(counts.size, 1, table)
  }
})

test('what is attained is cut and never rounded up, and times are those of the zone', () => {
  const text = printReport(toReport(), 'md', 'en')
  assert.match(text, /Attained 99\.996 %/)
  assert.match(printReport(toReport({ attainedRatio: 0.999_999_9 }), 'md', 'en'), /Attained 99\.999 %/)
  assert.match(text, /\| 2026-10-01 09:00 \| 09:30 \| 30 min \|/)
  assert.match(text, /2026-10-01 08:00 to 2026-11-01 08:00 \(Asia\/Shanghai\)$/m)
  assert.match(printReport(toReport({ endMinute: PERIOD.toMinute + 1 }), 'md', 'en'), /so far$/m)
})

test('what is not known is said: gaps, hours without minutes, records that are gone', () => {
  const text = printReport(toReport({ details: undefined, recordsFromMinute: undefined }), 'md', 'en')
  assert.match(
    text,
    /\*\*A gateway was there to count in 44,600 of 44,640 minutes.*In 40 minutes nobody counted/,
  )
  assert.match(text, /Of 2 hours only the sums are kept/)
  assert.match(text, /that hour is counted where it began/)
  assert.match(text, /No record of this period is kept/)
  const changed = printReport(toReport({ details: undefined }), 'md', 'en')
  assert.match(changed, /No record of this period counts as it is counted now/)
  const nothing = toReport({ verdict: 'unknown', attainedRatio: undefined, total: 0, good: 0, bad: 0 })
  assert.match(printReport(nothing, 'md', 'en'), /whether the promise was kept is not known/)
})

test('small incidents are one line together, and all of them where a program reads', () => {
  const [large] = toReport().objectives[0]?.incidents ?? []
  assert.ok(large)
  const small = { ...large, bad: 6, spent: { ratio: 0.004, minutes: 0.9 }, isSmall: true }
  const few = toReport({ incidents: [small, large, small] })
  const [markdown, chinese] = (['en', 'zh'] as const).map((language) => printReport(few, 'md', language))
  assert.match(markdown ?? '', /\n2 small ones: 12 bad requests, 0\.8 % of the budget\.\n/)
  assert.match(chinese ?? '', /另有 2 个小事件：共 12 个请求不达标，占预算 0\.8 %。/)
  assert.equal(markdown?.match(/\| 240 \|/g)?.length, 2, 'the large one, and its hour')
  assert.equal(printReport(few, 'csv', 'en').match(/^incident,/gm)?.length, 3)
})

test('in Chinese nothing of our own is left in English', () => {
  const text = printReport(toReport({ details: undefined, incidents: [] }), 'md', 'zh')
  const words = text.replaceAll(/chat|Asia\/Shanghai|JSON|backup|UTC/g, '').match(/[A-Za-z]{3,}/g) ?? []
  assert.deepEqual(words, [])
})

test('JSON has times as texts, counts as numbers, and nothing for what is not known', () => {
  const value = JSON.parse(printReport(toReport({ details: undefined }), 'json', 'en')) as {
    version: number
    writtenAt: string
    objectives: Record<string, unknown>[]
  }
  assert.deepEqual([value.version, value.writtenAt], [1, '2026-11-01T00:00:00.000Z'])
  const [objective] = value.objectives
  assert.equal(objective?.['from'], '2026-10-01T00:00:00.000Z')
  assert.equal(objective['total'], 100_000)
  assert.ok(!('details' in objective))
  assert.deepEqual(
    Object.keys(objective).filter((key) => /Minute$|Ms$/.test(key)),
    [],
  )
})
