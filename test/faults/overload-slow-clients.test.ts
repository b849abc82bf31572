// slowhttptest, the tool attackers use: hundreds of connections that send their head, send their body or read their answer a
// few bytes at a time. Everybody else is served meanwhile, and the slow ones are closed in time.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { componentOrSkip } from '../support/component.ts'
import { startStage, until, type Stage } from '../support/weir.ts'
import { callers, judge } from './callers.ts'
import { talk, toRequest } from './wire.ts'

const CONNECTIONS = 300
const SECONDS = 4
const TIMEOUT = '1500ms'
/** The machine also runs the attacker; alone, an answer takes some milliseconds. */
const LONGEST_ANSWER_MS = 1_000
const ASK_EVERY_MS = 50
const CLOSED_WITHIN_MS = 5_000

let stage: Stage
before(async () => {
  stage = await startStage({
    profile: { outputTokens: 4 },
    config: { server: { headerTimeout: TIMEOUT, bodyTimeout: TIMEOUT, writeTimeout: TIMEOUT } },
  })
})
after(() => stage.stop())

const ATTACKS: readonly { name: string; args: readonly string[]; path: string }[] = [
  { name: 'heads that never end', args: ['-H', '-i', '1', '-x', '8'], path: '/v1/chat/completions' },
  {
    name: 'bodies that never end',
    args: ['-B', '-i', '1', '-s', '8192', '-x', '8'],
    path: '/v1/chat/completions',
  },
  {
    name: 'answers that are never read',
    // A window of a few bytes, one of them read each second, and several answers to each connection.
    args: ['-X', '-w', '8', '-y', '32', '-n', '1', '-z', '1', '-k', '10'],
    path: '/v1/models',
  },
]

function attack(binary: string, args: readonly string[], path: string): Promise<string> {
  const all = [
    ...args,
    '-c',
    CONNECTIONS,
    '-r',
    CONNECTIONS,
    '-l',
    SECONDS,
    '-p',
    '3',
    '-u',
    `${stage.url}${path}`,
  ]
  const child = spawn(binary, all.map(String), { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(said))
  })
}

for (const { name, args, path } of ATTACKS) {
  test(`${CONNECTIONS} connections with ${name} keep nobody else from being served`, async (t) => {
    const binary = componentOrSkip(t, 'slowhttptest')
    if (binary === undefined) return
    let isOver = false
    const attacking = attack(binary, args, path).finally(() => (isOver = true))
    let most = 0
    const tookMs: number[] = []
    while (!isOver) {
      const caller = callers[tookMs.length % callers.length]!
      const headers = { ...caller.headers, connection: 'close' }
      const conversation = await talk(
        stage.port,
        toRequest({ path: caller.path, body: caller.toBody('hi'), headers }),
      )
      assert.deepEqual(judge(caller, conversation), { kind: 'complete' })
      tookMs.push(conversation.tookMs)
      most = Math.max(most, stage.weir.gateway.connections)
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
    }
    const said = await attacking
    const longestMs = Math.max(...tookMs)
    t.diagnostic(
      `${most} connections at once; the longest of ${tookMs.length} answers took ${longestMs.toFixed(0)} ms`,
    )
    assert.ok(most > CONNECTIONS / 2, `there were only ${most} connections at once\n${said}`)
    assert.ok(longestMs < LONGEST_ANSWER_MS, `an answer took ${longestMs} ms`)
    await until(
      () => stage.weir.gateway.connections === 0,
      'every slow connection to be closed',
      CLOSED_WITHIN_MS,
    )
    const { opened, sealed } = stage.weir.gateway
    assert.equal(opened, sealed)
  })
}
