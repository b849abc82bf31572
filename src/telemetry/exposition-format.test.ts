import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseFormat, escapeHelp, escapeLabelValue, toBoundText, toNumberText } from './exposition-format.ts'

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
const PROMETHEUS_3_TEXT_FIRST =
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.1'

test('a scraper that prefers OpenMetrics gets it', () => {
  for (const accept of [
    PROMETHEUS_2,
    PROMETHEUS_3,
    'application/openmetrics-text',
    'APPLICATION/OpenMetrics-Text; Version="1.0.0"',
    'text/plain, application/openmetrics-text',
  ]) {
    assert.equal(chooseFormat(accept), 'openmetrics', accept)
  }
})

test('everybody else gets plain text', () => {
  for (const accept of [
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'text/plain;version=0.0.4',
    PROMETHEUS_3_TEXT_FIRST,
    'application/openmetrics-text;version=0.0.1',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;q=nonsense',
    'application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.7',
    ';;;,=,q=1',
  ]) {
    assert.equal(chooseFormat(accept), 'text', String(accept))
  }
})

test('bounds are written as Prometheus 3 stores them', () => {
  const expected: readonly (readonly [number, string])[] = [
    [0.005, '0.005'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.1, '0.1'],
    [1, '1.0'],
    [7.5, '7.5'],
    [600, '600.0'],
    [262_144, '262144.0'],
    [1_048_576, '1.048576e+06'],
    [67_108_864, '6.7108864e+07'],
    [1e21, '1e+21'],
    [0, '0.0'],
    [Infinity, '+Inf'],
  ]
  for (const [bound, text] of expected) assert.equal(toBoundText(bound), text)
})

test('numbers without digits have the names that scrapers know', () => {
  assert.deepEqual([NaN, Infinity, -Infinity, 0, 1e-7, 1.5].map(toNumberText), [
    'NaN',
    '+Inf',
    '-Inf',
    '0',
    '1e-7',
    '1.5',
  ])
})

test('label values lose no character and break no line', () => {
  assert.equal(escapeLabelValue('a"b\\c\nd'), 'a\\"b\\\\c\\nd')
  assert.equal(escapeLabelValue('千问 3'), '千问 3')
  assert.equal(escapeLabelValue('\ud800'), '\ufffd')
})

test('a quote in a help text is escaped in OpenMetrics only', () => {
  assert.equal(escapeHelp('say "x"\\\n', 'text'), 'say "x"\\\\\\n')
  assert.equal(escapeHelp('say "x"\\\n', 'openmetrics'), 'say \\"x\\"\\\\\\n')
})
