import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Language } from '../notifier.ts'
import { describePayload } from './describe.ts'
import { parsePayload, type Payload } from './payload.ts'

const NOW_MS = Date.parse('2026-11-21T12:10:00Z')

interface Written {
  readonly alerts: readonly Readonly<Record<string, unknown>>[]
  readonly [key: string]: unknown
}

function alert(
  status: 'firing' | 'resolved',
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
) {
  return {
    ...{ status, labels, annotations },
    startsAt: '2026-11-21T12:00:00Z',
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-21T12:05:00Z',
    fingerprint: JSON.stringify(labels),
  }
}

function payload(written: Written): Payload {
  const parsed = parsePayload(JSON.stringify({ version: '4', groupKey: 'g', status: 'firing', ...written }))
  assert.ok(!('problem' in parsed), JSON.stringify(parsed))
  return parsed
}

const tell = (written: Written, language: Language = 'en') =>
  describePayload(payload(written), { language, timeZone: 'UTC', nowMs: NOW_MS })

const LABELS = { alertname: 'HighLatency', severity: 'critical', model: 'qwen3:32b' }

test('one alert is told in the words of its annotations', () => {
  const message = tell({
    commonLabels: LABELS,
    externalURL: 'http://am.example:9093/',
    alerts: [
      {
        ...alert('firing', LABELS, { summary: 'P95 is 4.2 s.', runbook_url: 'https://run.example/slow' }),
        generatorURL: 'http://prom.example/graph',
      },
    ],
  })
  assert.deepEqual(
    [message.kind, message.severity, message.title, message.key],
    ['firing', 'page', 'PAGE: HighLatency', 'alertmanager:g'],
  )
  assert.deepEqual(message.paragraphs, ['P95 is 4.2 s.'])
  assert.deepEqual(message.facts, [
    { label: 'Since', text: '2026-11-21 12:00 UTC' },
    { label: 'severity', text: 'critical' },
    { label: 'model', text: 'qwen3:32b' },
  ])
  assert.deepEqual(
    message.links.map(({ label }) => label),
    ['Runbook', 'Source', 'Silence'],
  )
  const filter = '{alertname="HighLatency",severity="critical",model="qwen3:32b"}'
  assert.equal(
    message.links[2]?.url,
    `http://am.example:9093/#/silences/new?filter=${encodeURIComponent(filter)}`,
  )
})

test('in Chinese as well', () => {
  const message = tell(
    { commonLabels: LABELS, alerts: [alert('firing', LABELS, { summary: 'P95 过高。' })] },
    'zh',
  )
  assert.equal(message.title, '紧急：HighLatency')
  assert.deepEqual(message.facts[0], { label: '开始时间', text: '2026-11-21 12:00 UTC' })
})

test('of a group what fires comes first, what is over says so, and what was left out is counted', () => {
  const message = tell({
    commonLabels: { alertname: 'BackendDown' },
    truncatedAlerts: 7,
    alerts: [
      alert('resolved', { alertname: 'BackendDown', backend: 'a' }, { summary: 'a is down.' }),
      alert('firing', { alertname: 'BackendDown', backend: 'b' }, { summary: 'b is down.' }),
    ],
  })
  assert.equal(message.title, 'TICKET: BackendDown (1 firing, 1 over)')
  assert.deepEqual(message.paragraphs, ['b is down.', 'Over: a is down.', 'And 7 more.'])
  assert.deepEqual(
    message.alerts.map(({ endedAtMs }) => endedAtMs),
    [undefined, Date.parse('2026-11-21T12:05:00Z')],
  )
})

test('a group that is over says when it began and when it ended', () => {
  const message = tell({
    status: 'resolved',
    commonLabels: LABELS,
    alerts: [alert('resolved', LABELS, { description: 'Slow.' })],
  })
  assert.deepEqual([message.kind, message.title], ['resolved', 'RESOLVED: HighLatency'])
  assert.deepEqual(message.paragraphs, ['Over: Slow.'])
  assert.deepEqual(
    message.facts.slice(0, 2).map(({ label }) => label),
    ['Since', 'Until'],
  )
  assert.ok(!message.links.some(({ label }) => label === 'Silence'))
})

test('an alert without annotations is told by its labels', () => {
  const message = tell({ alerts: [alert('firing', { alertname: 'X', job: 'node', severity: 'warning' })] })
  assert.deepEqual(message.paragraphs, ['X job=node'])
  assert.equal(message.severity, 'ticket')
})

test('an alert without a name is told all the same', () => {
  assert.equal(tell({ alerts: [alert('firing', {})] }).title, 'TICKET: alert')
})

test('a hundred alerts are some sentences and a number', () => {
  const alerts = Array.from({ length: 100 }, (_, at) =>
    alert('firing', { alertname: 'Many', instance: String(at) }),
  )
  const { paragraphs, title } = tell({ commonLabels: { alertname: 'Many' }, alerts })
  assert.equal(title, 'TICKET: Many (100 firing)')
  assert.deepEqual([paragraphs.length, paragraphs.at(-1)], [21, 'And 80 more.'])
})

test('more alerts than anybody reads are not even looked at', () => {
  const alerts = Array.from({ length: 3_000 }, (_, at) =>
    alert('firing', { alertname: 'Many', instance: String(at) }),
  )
  assert.equal(tell({ alerts }).paragraphs.at(-1), 'And 2980 more.')
})

test('a link that is none is left out', () => {
  const { links } = tell({
    externalURL: 'am.local',
    alerts: [
      { ...alert('firing', LABELS, { runbook_url: 'javascript:alert(1)' }), generatorURL: 'see the wiki' },
    ],
  })
  assert.deepEqual(links, [])
})
