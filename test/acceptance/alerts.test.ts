// From a backend that stops to the people who are told, by the real gateway: records in a file, a webhook that listens, and
// the command line's own way to the silences beside it. The clock runs twenty times as fast.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAlertDesk, testReceiver } from '../../src/app/alert-desk.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { systemIds } from '../../src/core/ids.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, toConfig, type Written } from '../support/weir.ts'

const SPEED = 20

const startedAt = { now: systemClock.now(), wall: systemClock.wall() }
const hurriedClock: Clock = {
  now: () => startedAt.now + (systemClock.now() - startedAt.now) * SPEED,
  wall: () => startedAt.wall + (systemClock.now() - startedAt.now) * SPEED,
  after: (delayMs, callback) => systemClock.after(delayMs / SPEED, callback),
  every: (periodMs, callback) => systemClock.every(periodMs / SPEED, callback),
}

const folder = mkdtempSync(join(tmpdir(), 'weir-alerts-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Heard {
  readonly title: string
  readonly kind: string
}

async function listen(heard: string[]): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      heard.push(body)
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { server, url: `http://127.0.0.1:${address.port}/hook/secret-token` }
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    if (isTrue()) return
    await sleep(25)
  }
  assert.fail(`never: ${what}`)
}

function titlesOf(heard: readonly string[]): readonly string[] {
  return heard.map((body) => (JSON.parse(body) as Heard).title).filter((title) => !title.startsWith('HEART'))
}

async function openSimulator(port = 0): Promise<{ simulator: Simulator; port: number; url: string }> {
  const simulator = createSimulator({})
  const { url } = await simulator.listen({ host: '127.0.0.1', port })
  return { simulator, url, port: Number(new URL(url).port) }
}

test('who is on call is told that a backend is down, once over a restart, and that it is back', async () => {
  const heard: string[] = []
  const { server, url } = await listen(heard)
  const first = await openSimulator()
  const written: Written = {
    data: join(folder, 'one'),
    backends: [{ name: 'gpu-1', url: first.url, kind: 'simulator' }],
    alerts: {
      receivers: [{ name: 'oncall', kind: 'webhook', url }],
      routes: [{ to: 'oncall', wait: '0s' }],
    },
  }
  let gateway = await startGateway(written, { clock: hurriedClock })
  try {
    await first.simulator.close()
    await until(() => titlesOf(heard).length === 1, 'a page')
    assert.deepEqual(titlesOf(heard), ['PAGE: backend gpu-1 does not answer'])
    const page = await gateway.scrape()
    assert.match(page, /^weir_alerts\{severity="page",state="firing"\} 1$/m)
    assert.match(page, /^weir_notifications_total\{notifier="oncall",result="delivered"\} 1$/m)

    await gateway.stop()
    gateway = await startGateway(written, { clock: hurriedClock })
    const config = toConfig(written)
    const tools = { clock: hurriedClock, ids: systemIds }
    const desk = await openAlertDesk({ config, isToChange: true }, tools)
    try {
      const { alerts } = await desk.list()
      assert.deepEqual(
        alerts.map(({ name, receivers }) => [
          name,
          receivers[0]?.receiver,
          receivers[0]?.toldAtMs !== undefined,
        ]),
        [['BackendDown', 'oncall', true]],
      )
      const made = await desk.silence({
        matchers: ['backend=gpu-1'],
        forMs: 60_000,
        author: 'ann',
        reason: 'trying it out',
      })
      assert.ok(!('wrong' in made))
      await until(
        () =>
          gateway.weir.metrics !== undefined && gateway.logLines.some((line) => line.includes('is muted')),
        'a muted alert',
      )
      await desk.expire(made.id)
    } finally {
      await desk.close()
    }
    const second = await openSimulator(first.port)
    await until(() => titlesOf(heard).length === 2, 'an end')
    await second.simulator.close()
    const [, end = ''] = titlesOf(heard)
    assert.match(end, /^RESOLVED \(PAGE\): backend gpu-1 does not answer, over after /)
    assert.ok(gateway.logLines.every((line) => !line.includes('secret-token')))
  } finally {
    await gateway.stop()
    server.close()
    server.closeAllConnections()
  }
})

test('a test message arrives, and a receiver that is gone is told of without its secret', async () => {
  const heard: string[] = []
  const { server, url } = await listen(heard)
  const config = toConfig({ alerts: { receivers: [{ name: 'oncall', kind: 'webhook', url }] } })
  const tools = { clock: systemClock, ids: systemIds }
  const good = await testReceiver({ config, receiver: 'oncall' }, tools)
  assert.ok('delivered' in good && good.delivered)
  assert.deepEqual(titlesOf(heard), ['TEST: Weir can reach oncall'])
  server.close()
  server.closeAllConnections()
  const bad = await testReceiver({ config, receiver: 'oncall' }, tools)
  assert.ok('delivered' in bad && !bad.delivered)
  assert.doesNotMatch(bad.answer, /secret-token/)
  assert.deepEqual(await testReceiver({ config, receiver: 'other' }, tools), { known: ['oncall'] })
})
