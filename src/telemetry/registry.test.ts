import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { LIBRARY_METRICS } from './catalogue/library.ts'
import { readPage } from './fixtures/exposition.ts'
import { toBackend, toLive } from './fixtures/live.ts'
import { OPENMETRICS, openMetrics } from './fixtures/metrics.ts'
import { toRecord } from './fixtures/record.ts'

const CHAT = { method: 'POST', endpoint: '/v1/chat/completions' }

test('both formats are valid and say the same', async () => {
  const { metrics } = openMetrics({ tenants: true })
  const odd = 'quote " backslash \\ newline \n 千问'
  metrics.sink.accept(toRecord({ modelRouted: odd, tenant: odd }))
  const text = await metrics.render('text/plain')
  const open = await metrics.render(OPENMETRICS)
  assert.equal(text.contentType, 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(open.contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  const textPage = readPage(text.body, 'text')
  const openPage = readPage(open.body, 'openmetrics')
  const isOurs = ({ name }: { name: string }) => !/^(process|nodejs)_/.test(name)
  assert.deepEqual(
    textPage.samples.filter(isOurs).map(({ name, labels, value }) => [name, labels, value]),
    openPage.samples.filter(isOurs).map(({ name, labels, value }) => [name, labels, value]),
  )
  const ok = { model: odd, backend: 'ollama', dialect: 'openai', outcome: 'ok', code: '' }
  assert.equal(openPage.value('weir_requests_total', ok), 1)
})

test('two scrapers with different formats at the same moment get what they asked for', async () => {
  const { metrics } = openMetrics()
  const pages = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const format = at % 2 === 0 ? 'openmetrics' : 'text'
      const { body } = await metrics.render(format === 'openmetrics' ? OPENMETRICS : undefined)
      return readPage(body, format)
    }),
  )
  for (const page of pages) {
    assert.ok(
      (page.value('process_cpu_seconds_total') ?? -1) >= 0,
      'an OpenMetrics scrape must not rename counters',
    )
  }
})

test('an exemplar leads from a bucket to its latest request, in OpenMetrics only', async () => {
  const { metrics, pageAfter } = openMetrics()
  const first = toRecord({ id: 'req_first', durationMs: 700 })
  const second = toRecord({ id: 'req_second', durationMs: 800, startedAtMs: 1_700_000_100_000 })
  const page = await pageAfter(first, second)
  assert.deepEqual(page.exemplar('http_request_duration_seconds_bucket', { ...CHAT, le: '1.0' }), {
    labels: { request_id: 'req_second' },
    value: 0.8,
    time: 1_700_000_100.8,
  })
  assert.equal(page.exemplar('http_request_duration_seconds_bucket', { ...CHAT, le: '2.0' }), undefined)
  const { body } = await metrics.render()
  assert.ok(!body.includes('req_second'))
})

test('an id that is too long for an exemplar is left out, not cut', async () => {
  const page = await openMetrics().pageAfter(toRecord({ id: 'x'.repeat(119) }))
  const at = { ...CHAT, le: '2.0' }
  assert.equal(page.exemplar('http_request_duration_seconds_bucket', at), undefined)
  const fits = await openMetrics().pageAfter(toRecord({ id: 'x'.repeat(118) }))
  assert.ok(fits.exemplar('http_request_duration_seconds_bucket', at))
})

test('a page holds every record that was accepted before it, without any waiting', async () => {
  const { metrics } = openMetrics()
  for (let count = 0; count < 1_003; count += 1) metrics.sink.accept(toRecord())
  const page = readPage((await metrics.render()).body, 'text')
  assert.equal(page.value('http_requests_total', { ...CHAT, status_code: '200' }), 1_003)
})

test('records that come while a page is written are on the next one, whole', async () => {
  const { metrics } = openMetrics()
  const rendering = metrics.render(OPENMETRICS)
  for (let count = 0; count < 40; count += 1)
    metrics.sink.accept(toRecord({ endpoint: count === 0 ? '/new' : CHAT.endpoint }))
  await metrics.sink.flush?.()
  const early = await rendering
  const page = readPage(early.body, 'openmetrics')
  assert.equal(
    page.samples.filter(({ name, value }) => /^(http|weir_requests)/.test(name) && value > 0).length,
    0,
  )
  assert.ok(!early.body.includes('req_'), 'a bucket that is empty on the page has no exemplar')
  const next = readPage((await metrics.render()).body, 'text')
  assert.equal(next.value('http_requests_total', { method: 'POST', endpoint: '/new', status_code: '200' }), 1)
  assert.equal(next.value('http_requests_total', { ...CHAT, status_code: '200' }), 39)
})

test('records are observed a moment after they came, even when nobody scrapes', () => {
  const { metrics, clock } = openMetrics()
  const { lines } = metrics.usage()
  metrics.sink.accept(toRecord({ endpoint: '/new' }))
  assert.equal(metrics.usage().lines, lines)
  clock.advance(200)
  assert.ok(metrics.usage().lines > lines)
})

test('no flood of names makes more series than the limit, and what was cut is said', async () => {
  const backends = Array.from({ length: 15 }, (_, at) => toBackend({ name: `backend-${at}` }))
  const models = Array.from({ length: 1_000 }, (_, at) => `model-${at}`)
  const maxSeries = 2_000
  const { metrics, pageAfter } = openMetrics({ live: toLive({ models, backends }), maxSeries, tenants: true })
  const flood = (from: number) =>
    Array.from({ length: 3_000 }, (_, at) =>
      toRecord({
        modelRouted: `model-${from + at}`,
        backend: `backend-${at % 15}`,
        endpoint: `/path/${at}`,
        status: 200 + (at % 300),
        tenant: `tenant-${at}`,
      }),
    )
  const page = await pageAfter(...flood(0))
  const before = metrics.usage()
  assert.ok(page.samples.length <= maxSeries, `${page.samples.length} series`)
  assert.ok((page.value('weir_series_limited_total', { metric: 'weir_requests_total' }) ?? 0) > 1_000)
  const counted = page.families.get('weir_requests')?.samples.reduce((sum, { value }) => sum + value, 0)
  assert.equal(counted, 3_000)
  const after = await pageAfter(...flood(3_000))
  assert.equal(metrics.usage().lines, before.lines, 'a full store stays as it is')
  assert.ok(after.samples.length <= maxSeries, `${after.samples.length} series`)
})

test('a record that is not what its type says is counted as dropped, and its neighbours are kept', async () => {
  const broken = { ...toRecord(), attempts: undefined } as unknown as ReturnType<typeof toRecord>
  const page = await openMetrics().pageAfter(toRecord(), broken, toRecord())
  assert.equal(page.value('weir_records_dropped_total', { reason: 'observe_failed' }), 1)
  assert.equal(page.value('http_request_duration_seconds_count', CHAT), 3)
  const success = { backend: 'ollama', status: 'success' }
  assert.equal(page.value('backend_call_duration_seconds_count', success), 2)
})

test('drops of other readers are counted by reason', async () => {
  const { metrics, pageAfter } = openMetrics()
  metrics.countDropped('log_overflow', 12)
  metrics.countDropped('log_overflow')
  const page = await pageAfter()
  assert.equal(page.value('weir_records_dropped_total', { reason: 'log_overflow' }), 13)
  assert.equal(page.value('weir_records_dropped_total', { reason: 'sink_failed' }), 0)
})

test('a refused configuration shows, with the time of the one in force', async () => {
  const { metrics, clock, pageAfter } = openMetrics()
  const startS = clock.wall() / 1_000
  const read = async () => {
    const page = await pageAfter()
    return [
      page.value('weir_config_last_reload_success'),
      page.value('weir_config_last_reload_success_timestamp_seconds'),
    ]
  }
  assert.deepEqual(await read(), [1, startS])
  metrics.setReload(false, clock.wall() + 60_000)
  assert.deepEqual(await read(), [0, startS])
  metrics.setReload(true, clock.wall() + 120_000)
  assert.deepEqual(await read(), [1, startS + 120])
})

test('the page says what runs and how late the event loop is', async () => {
  const page = await openMetrics().pageAfter()
  const build = { version: '0.1.0', commit: 'abc1234', node_version: process.version }
  assert.equal(page.value('weir_build_info', build), 1)
  assert.equal(page.value('weir_event_loop_delay_seconds', { stat: 'p99' }), 0.02)
  assert.equal(page.value('weir_event_loop_delay_seconds', { stat: 'max' }), 0.25)
})

test('after closing, what was accepted is still on the page', async () => {
  const { metrics } = openMetrics()
  metrics.sink.accept(toRecord())
  metrics.close()
  const page = readPage((await metrics.render()).body, 'text')
  assert.equal(page.value('http_requests_total', { ...CHAT, status_code: '200' }), 1)
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

test('promtool has nothing to say about our metrics', { skip: !hasPromtool && 'no promtool' }, async () => {
  const { metrics } = openMetrics({ tenants: true })
  metrics.sink.accept(toRecord({ stream: true, firstTokenMs: 300 }))
  const { body } = await metrics.render()
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: body,
    encoding: 'utf8',
  })
  // The client library's own names are not ours to choose; anything else is.
  const ours = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line !== '' && !Object.hasOwn(LIBRARY_METRICS, line.split(' ')[0] ?? ''))
  assert.deepEqual(ours, [])
  assert.ok(status === 0 || status === 3, `promtool could not read the page: ${stderr}`)
})
