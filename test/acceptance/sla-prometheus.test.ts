// `weir sla check --prometheus` with a real Prometheus that scrapes a real gateway: the counters of all gateways, and what is said
// when they cannot be asked.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { componentOrSkip } from '../support/component.ts'
import { createShell } from '../support/shell.ts'
import { startStage, until, type Stage, type Written } from '../support/weir.ts'
import { startPrometheus } from './support/prometheus.ts'
import { sendRaw } from './support/wire.ts'

const SCRAPE_EVERY_MS = 250
const SLOS: Written = {
  slos: [
    { name: 'available', sli: 'availability', objective: '90%', window: '7d', noData: 'off' },
    { name: 'quick', sli: { duration: '10s' }, objective: '95%', window: '7d', noData: 'off' },
    { name: 'long', sli: 'availability', objective: '95%', window: '30d', noData: 'off' },
  ],
}

async function send(stage: Stage, count: number, fault?: string): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    await sendRaw(stage.port, {
      path: '/v1/chat/completions',
      headers: fault === undefined ? [] : [['x-sim-fault', fault]],
      body: '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}',
    })
  }
}

async function openStage(t: TestContext): Promise<{ stage: Stage; data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'weir-sla-prometheus-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  const stage = await startStage({ config: { ...SLOS, auth: 'none', data, retry: { attempts: 1 } } })
  t.after(() => stage.stop())
  return { stage, data }
}

test('what a Prometheus has scraped is judged as the store is, and what it does not keep is not known', async (t) => {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return
  const { stage, data } = await openStage(t)
  const prometheus = await startPrometheus(binary, {
    global: { scrape_interval: `${SCRAPE_EVERY_MS}ms`, scrape_timeout: `${SCRAPE_EVERY_MS}ms` },
    scrape_configs: [{ job_name: 'weir', static_configs: [{ targets: [new URL(stage.metricsUrl).host] }] }],
  })
  t.after(() => prometheus.close())
  const weir = createShell(t, JSON.stringify({ ...SLOS, data }))
  const check = () => weir(`sla check --prometheus ${prometheus.url}`)
  const scraped = (events: number): Promise<void> =>
    until(
      async () => (await prometheus.ask('weir_slo_events_total{slo="available"}')) === events,
      `${events} events`,
      20_000,
    )

  await until(
    async () =>
      (await prometheus.ask('count_over_time(weir_slo_events_total{slo="available"}[1m]) > bool 2')) === 1,
    'some scrapes',
    20_000,
  )
  await send(stage, 30)
  await scraped(30)
  await until(async () => /^available {2,}healthy {2,}100 %/m.test((await check()).out), 'health')
  const healthy = await check()
  assert.equal(healthy.code, 2, 'not everything is known')
  assert.match(healthy.out, /long is not known: the window is 30d, but Prometheus keeps only 15d/)

  await send(stage, 20, '500')
  await scraped(50)
  await until(async () => /^available {2,}violation/m.test((await check()).out), 'a violation')
  const broken = await check()
  assert.equal(broken.code, 1)
  assert.match(
    broken.out,
    /100 % of the failures are backend_error at sim/,
    'by the records that lie beside it',
  )
  assert.match(broken.out, /^quick {2,}healthy/m)

  // Without records beside it, the verdict is the same and the cause is not known.
  const elsewhere = createShell(t, JSON.stringify({ ...SLOS, data: join(data, 'nowhere') }))
  const blind = await elsewhere(`sla check --prometheus ${prometheus.url}`)
  assert.equal(blind.code, 1)
  assert.match(blind.out, /cannot be said: no records of them are kept here/)

  await prometheus.close()
  const gone = await check()
  assert.equal(gone.code, 2)
  assert.match(gone.out, /available[a-z, -]* are not known: .* could not be reached: ECONNREFUSED/)
})

test('a Prometheus behind a login, and something that is none, are not taken for health', async (t) => {
  const answers = [401, 404, 302]
  const server = createServer((_, response) => void response.writeHead(answers[0] ?? 500).end('no'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const weir = createShell(t, JSON.stringify(SLOS))
  for (const message of [/401: it asks for another login/, /404: no Prometheus/, /302: it sends elsewhere/]) {
    const { code, out } = await weir(`sla check --prometheus http://user:secret@127.0.0.1:${port}`)
    assert.equal(code, 2)
    assert.match(out, message)
    assert.ok(!out.includes('secret'))
    answers.shift()
  }
})
