import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStored } from '../fixtures/record.ts'
import { choosePaint, paintAnsi, paintNothing } from './paint.ts'
import { createTable } from './table.ts'
import { displayWidth } from './width.ts'

const startedAtMs = Date.parse('2026-11-21T06:00:00Z')
const NO_USAGE = {
  ...{
    promptTokens: undefined,
    outputTokens: undefined,
    cachedTokens: undefined,
    reasoningTokens: undefined,
  },
}
const slow = toStored(
  { id: 'req_a', startedAtMs, durationMs: 12_400, firstTokenMs: 9_800 },
  { cause: 'load', shareRatio: 0.82, text: 'model load 82 %' },
)
const failed = toStored({
  ...{ id: 'req_b', startedAtMs, status: 502, code: 'backend_error', outcome: 'backend_error' },
  ...{ modelRouted: '通义千问', durationMs: 31, firstTokenMs: undefined, usage: NO_USAGE, key: undefined },
})
const fast = toStored({ id: 'req_c', startedAtMs }, { cause: 'nothing', shareRatio: 0, text: 'as usual' })
const style = { paint: paintNothing, timeZone: 'Asia/Shanghai' }

test('a record is a line with what people look for, and why it was slow or failed', () => {
  assert.equal(
    createTable(style)([slow, failed, fast]),
    [
      'TIME                 STATUS   TOOK  FIRST  TOKENS  MODEL     BACKEND  KEY     ID     WHY',
      '2026-11-21 14:00:00  200     12.4s  9.80s  120+41  qwen3:4b  ollama   team-a  req_a  model load 82 %',
      '2026-11-21 14:00:00  502      31ms      -       -  通义千问  ollama   -       req_b  backend_error',
      '2026-11-21 14:00:00  200     1.20s  200ms  120+41  qwen3:4b  ollama   team-a  req_c',
      '',
    ].join('\n'),
  )
})

test('a second page has no second heading, and is as wide as the first', () => {
  const print = createTable(style)
  const [, first = ''] = print([slow]).split('\n')
  const second = print([fast])
  assert.equal(second.split('\n').length, 2)
  assert.equal(second.indexOf('req_c'), first.indexOf('req_a'))
})

test('estimates are marked, and counts that are missing are asked after', () => {
  const print = (given: Parameters<typeof toStored>[0]): string => createTable(style)([toStored(given)])
  assert.match(print({ estimated: { usage: true, phases: false } }), / ~120\+41 /)
  assert.match(print({ usage: { ...NO_USAGE, promptTokens: 31_000 } }), / 31k\+\? /)
})

test('a name that a caller chose cannot break the line, nor fill the screen', () => {
  const table = createTable(style)([
    toStored({ modelRouted: undefined, modelAsked: `a\u001b[2J\n${'x'.repeat(500)}` }),
  ])
  assert.equal(table.split('\n').length, 3)
  assert.ok(!table.includes('\u001b'))
  assert.ok(displayWidth(table.split('\n')[1] ?? '') < 200)
})

test('on a terminal only the sentence is cut, never the id', () => {
  const narrow = createTable({ ...style, columns: 95 })([slow])
  const [, line = ''] = narrow.split('\n')
  assert.equal(displayWidth(line), 95)
  assert.match(line, / req_a {2}model.*…$/)
  assert.match(createTable({ ...style, columns: 40 })([slow]), /req_a {2}model load 82 %/)
})

test('failures are coloured where colours are seen and wanted', () => {
  const table = createTable({ ...style, paint: paintAnsi })([slow, failed])
  const lines = table.split('\n')
  assert.ok(lines[2]?.startsWith('\u001b[31m') === true && !lines[1]?.includes('\u001b'))
  assert.equal(choosePaint(true, {}), paintAnsi)
  assert.equal(choosePaint(false, {}), paintNothing)
  assert.equal(choosePaint(true, { NO_COLOR: '1' }), paintNothing)
  assert.equal(choosePaint(true, { NO_COLOR: '' }), paintAnsi)
  assert.equal(choosePaint(true, { TERM: 'dumb' }), paintNothing)
})
