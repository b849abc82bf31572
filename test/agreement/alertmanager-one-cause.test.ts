// A real Alertmanager with the file of a stack tells one cause once: which webhooks it calls is what is looked at.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { toStackInput } from '../../src/app/stack.ts'
import { renderAlertmanager } from '../../src/stack/alertmanager/alertmanager.ts'
import { startAlertmanager, type Alertmanager } from '../support/alertmanager.ts'
import { toConfig, until, type Written } from '../support/weir.ts'

interface Told {
  readonly status: string
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

interface World {
  readonly alertmanager: Alertmanager
  /** `firing ticket SloBudgetExhausted chat`, in the order in which people heard of it. */
  readonly told: () => readonly string[]
}

async function listen(context: TestContext, got: Told[]): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      got.push(JSON.parse(body) as Told)
      response.end()
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

async function start(context: TestContext, written: Written): Promise<World | undefined> {
  const got: Told[] = []
  const url = await listen(context, got)
  const config = toConfig({
    ...written,
    alerts: {
      receivers: [{ name: 'hook', kind: 'webhook', url }],
      routes: [{ to: 'hook', wait: '1s', interval: '1s' }],
    },
  })
  const [file] = renderAlertmanager(toStackInput(config, { target: 'files', version: '0.0.0' }))
  const alertmanager = await startAlertmanager(context, parse(file?.text ?? '') as Record<string, unknown>)
  if (alertmanager === undefined) return undefined
  const told = (): readonly string[] =>
    got.flatMap(({ alerts }) =>
      alerts.map(({ status, labels: { severity, alertname, slo, backend } }) =>
        [status, severity, alertname, slo ?? backend].join(' '),
      ),
    )
  return { alertmanager, told }
}

const toSlos = (...names: readonly string[]): Written => ({
  slos: names.map((name) => ({ name, sli: 'availability', objective: '99%' })),
})

const toAlert = (alertname: string, severity: string, slo: string) => ({
  labels: { alertname, severity, slo },
})

test('a budget that is spent and still burns is one ticket, keeps no page back, and hides nothing of another promise', async (context) => {
  const world = await start(context, toSlos('chat', 'batch'))
  if (world === undefined) return
  const { alertmanager, told } = world
  const [burn, spent] = [
    toAlert('SloBudgetBurn', 'ticket', 'chat'),
    toAlert('SloBudgetExhausted', 'ticket', 'chat'),
  ]
  const isTold = async (line: string): Promise<void> => until(() => told().includes(line), line)
  await alertmanager.post([burn, spent])
  await isTold('firing ticket SloBudgetExhausted chat')
  // What was told later shows that what was posted before it has had its time.
  await alertmanager.post([toAlert('SloBudgetBurn', 'page', 'chat')])
  await isTold('firing page SloBudgetBurn chat')
  await alertmanager.post([toAlert('SloBudgetBurn', 'ticket', 'batch')])
  await isTold('firing ticket SloBudgetBurn batch')
  const endsAt = new Date().toISOString()
  await alertmanager.post([{ ...toAlert('SloBudgetBurn', 'page', 'chat'), endsAt }])
  await isTold('resolved page SloBudgetBurn chat')
  await alertmanager.post([{ ...burn, endsAt }])
  await alertmanager.post([{ ...toAlert('SloBudgetBurn', 'ticket', 'batch'), endsAt }])
  await isTold('resolved ticket SloBudgetBurn batch')
  await alertmanager.post([{ ...spent, endsAt: new Date().toISOString() }])
  await isTold('resolved ticket SloBudgetExhausted chat')
  assert.deepEqual(
    told().filter((line) => line.endsWith('chat')),
    [
      'firing ticket SloBudgetExhausted chat',
      'firing page SloBudgetBurn chat',
      'resolved page SloBudgetBurn chat',
      'resolved ticket SloBudgetExhausted chat',
    ],
  )
})
