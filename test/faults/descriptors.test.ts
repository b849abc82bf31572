// A process that may open hardly any files: more callers than fit are told so, and when there is not even a descriptor for
// that, the listener lives on and serves again as soon as there is one.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { until } from '../support/weir.ts'
import { callers } from './callers.ts'
import { startChildGateway, type ChildGateway } from './child-gateway.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const LIMIT = 64
const CALLERS = 100
const RECOVERS_WITHIN_MS = 5_000
const chat = callers.find(({ name }) => name === 'openai chat whole')!

let simulator: Simulator
let child: ChildGateway

before(async () => {
  simulator = createSimulator({ outputTokens: 4 })
  const { url } = await simulator.listen()
  child = await startChildGateway(
    { backends: [{ name: 'sim', url, kind: 'simulator' }] },
    { within: ['sh', '-c', `ulimit -n ${LIMIT} && exec "$0" "$@"`] },
  )
})
after(async () => {
  assert.equal(await child.stop(), 0)
  await simulator.close()
})

function ask(fault?: string, patienceMs?: number): Promise<Conversation> {
  const headers = { connection: 'close', ...(fault !== undefined && { 'x-sim-fault': fault }) }
  const request = toRequest({ path: chat.path, body: chat.toBody('hi'), headers })
  return talk(child.port, request, patienceMs === undefined ? {} : { patienceMs })
}

async function isServed(): Promise<boolean> {
  return (await ask(undefined, RECOVERS_WITHIN_MS)).answers[0]?.status === 200
}

test('the limit of open files is noticed at the start', (t) => {
  if (!existsSync('/proc/self/limits')) return t.skip('SKIPPED: only Linux tells a process its limits')
  const said = child.lines().find(({ msg }) => String(msg).startsWith('the limit of open files'))
  assert.ok(Number(said?.['count']) < LIMIT / 2, JSON.stringify(said))
  assert.match(String(said?.['hint']), /now 64/)
})

test('of more callers than fit, some are served, some are told so, and none breaks anything', async (t) => {
  const all = await Promise.all(Array.from({ length: CALLERS }, () => ask('slow-ttft=500')))
  const count = (status: number): number => all.filter(({ answers }) => answers[0]?.status === status).length
  const [served, refused] = [count(200), count(503)]
  const closed = all.filter(({ answers }) => answers.length === 0).length
  t.diagnostic(`${served} served, ${refused} refused, ${closed} closed`)
  assert.ok(served > 0)
  assert.equal(served + refused + closed, CALLERS, 'nothing else, a 502 least of all')
  await until(isServed, 'its recovery', RECOVERS_WITHIN_MS)
})

test('without any descriptor left the listener lives on, and serves when there is one again', async () => {
  // Those that ask for metrics have a limit of their own, far above this one.
  const held: Socket[] = []
  const hold = async (count: number): Promise<void> => {
    for (let opened = 0; opened < count; opened += 1) {
      held.push(connect({ port: child.metricsPort, host: '127.0.0.1' }).on('error', () => undefined))
    }
    await until(() => held.every(({ connecting }) => !connecting), 'every connection')
  }
  await hold(CALLERS)
  // What lingered of the callers before may have left since, and what it leaves is taken too.
  const isRefused = async (): Promise<boolean> => {
    if ((await ask(undefined, 1_000)).answers[0]?.status !== 200) return true
    await hold(1)
    return false
  }
  await until(isRefused, 'nothing left to serve with')
  for (const socket of held) socket.destroy()
  await until(isServed, 'its recovery', RECOVERS_WITHIN_MS)
})
