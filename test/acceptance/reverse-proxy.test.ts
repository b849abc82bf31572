// The gateway behind nginx and Caddy, as the guide configures them: streams arrive event by event, whoever leaves is noticed,
// bodies pass whole, and the proxy says who called.
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import { componentOrSkip } from '../support/component.ts'
import { startStage, until, type Stage } from '../support/weir.ts'
import { startCaddy, startNginx, type Proxy } from './support/proxy.ts'
import { RawClient, sendRaw, startTap, toRequestBytes, type Tap } from './support/wire.ts'

const KEY = 'wk_00000000_a-key-for-behind-a-proxy'
const AUTHORIZED = ['authorization', `Bearer ${KEY}`] as const
const CHAT = '/v1/chat/completions'
const TOKENS = 6
const TOKEN_EVERY_MS = 120
/** Events that were held back arrive together. */
const LEAST_GAP_MS = 40
const NOTICED_WITHIN_MS = 1_000
const MIB = 1_048_576
const MAX_BODY_MIB = 16
const STREAMS = 30

const PROXIES: readonly { name: string; start: (binary: string, upstreamPort: number) => Promise<Proxy> }[] =
  [
    { name: 'nginx', start: startNginx },
    { name: 'caddy', start: startCaddy },
  ]

function chat(stream: boolean, filler = 'x'): string {
  return JSON.stringify({ model: 'sim-chat', stream, messages: [{ role: 'user', content: filler }] })
}

for (const { name, start } of PROXIES) {
  describe(`behind ${name}`, () => {
    let stage: Stage
    let tap: Tap
    let proxy: Proxy | undefined

    before(async () => {
      stage = await startStage({
        profile: { outputTokens: TOKENS },
        config: {
          server: { maxBody: `${MAX_BODY_MIB}MiB`, trustedProxies: ['127.0.0.1'] },
          // Behind a proxy nobody counts as a caller on this machine.
          keys: [{ name: 'k', hash: hashKey(KEY) }],
        },
      })
      tap = await startTap(stage.port)
    })
    after(async () => {
      await proxy?.stop()
      await tap.close()
      await stage.stop()
    })

    /** Its port, once it is started; undefined where it is not installed. */
    async function portOf(t: TestContext): Promise<number | undefined> {
      const binary = componentOrSkip(t, name)
      if (binary === undefined) return undefined
      proxy ??= await start(binary, Number(new URL(tap.url).port))
      return proxy.port
    }

    for (const [path, body] of [
      [CHAT, chat(true)],
      ['/api/chat', chat(true)],
      ['/v1/messages', chat(true).replace('{', '{"max_tokens":50,')],
    ] as const) {
      test(`events arrive one by one: ${path}`, async (t) => {
        const port = await portOf(t)
        if (port === undefined) return
        const client = new RawClient(port)
        const arrivalsMs: number[] = []
        client.socket.on('data', () => void arrivalsMs.push(performance.now()))
        const headers = [AUTHORIZED, ['x-sim-fault', `slow-tokens=${TOKEN_EVERY_MS}`] as const]
        client.write(toRequestBytes({ path, headers, body }))
        const answer = await client.answer()
        assert.deepEqual([answer.status, answer.complete], [200, true])
        const gaps = arrivalsMs.slice(1).filter((at, index) => at - (arrivalsMs[index] ?? at) > LEAST_GAP_MS)
        assert.ok(gaps.length >= TOKENS - 2, `only ${gaps.length} gaps between ${arrivalsMs.length} arrivals`)
        client.socket.destroy()
      })
    }

    for (const [phase, fault] of [
      ['before the answer begins', 'hang'],
      ['in the middle of a stream', 'slow-tokens=100,tokens=500'],
      ['while a stream stands still', 'stall-after=2'],
    ] as const) {
      test(`a caller that leaves ${phase} is noticed by the backend`, async (t) => {
        const port = await portOf(t)
        if (port === undefined) return
        const { started } = stage.ledger().totals
        const client = new RawClient(port)
        client.write(
          toRequestBytes({ path: CHAT, headers: [AUTHORIZED, ['x-sim-fault', fault]], body: chat(true) }),
        )
        await until(() => stage.ledger().totals.started > started, 'the request at the backend')
        if (fault !== 'hang') await client.sees('sim-chat')
        client.socket.destroy()
        const entry = () => stage.ledger().entries[started]
        await until(() => entry()?.ended === 'client-left', 'the backend to notice', NOTICED_WITHIN_MS)
      })
    }

    test('a large body passes whole, and one that is too large is refused by the gateway', async (t) => {
      const port = await portOf(t)
      if (port === undefined) return
      const sealed = stage.records.length
      const headers = [AUTHORIZED]
      const body = chat(false, 'a'.repeat(8 * MIB))
      const answer = await sendRaw(port, { path: CHAT, headers, body })
      assert.equal(answer.status, 200)
      assert.equal((await stage.untilSealed(sealed + 1))[sealed]?.requestBytes, body.length)
      const refused = await sendRaw(port, {
        path: CHAT,
        headers,
        body: chat(false, 'a'.repeat((MAX_BODY_MIB + 1) * MIB)),
      })
      assert.equal(refused.status, 413)
      assert.match(refused.body.toString(), /"code":"request_too_large"/)
    })

    test('the proxy says who called, whatever the caller says of itself', async (t) => {
      const port = await portOf(t)
      if (port === undefined) return
      tap.take(CHAT)
      const headers = [AUTHORIZED, ['X-Forwarded-For', '203.0.113.7'] as const]
      assert.equal((await sendRaw(port, { path: CHAT, headers, body: chat(false) })).status, 200)
      const [passed] = tap.take(CHAT)
      const valueOf = (header: string): string | undefined =>
        passed?.request.headers.find(([each]) => each === header)?.[1]
      assert.match(valueOf('x-forwarded-for') ?? '', /(^|, )127\.0\.0\.1$/)
      assert.equal(valueOf('x-forwarded-proto'), 'http')
      assert.equal(valueOf('x-forwarded-host'), 'gateway')
      assert.equal(valueOf('host'), 'gateway')
    })

    test(`${STREAMS} streams at once are all complete`, async (t) => {
      const port = await portOf(t)
      if (port === undefined) return
      const headers = [AUTHORIZED, ['x-sim-fault', 'slow-tokens=20'] as const]
      const answers = await Promise.all(
        Array.from({ length: STREAMS }, () => sendRaw(port, { path: CHAT, headers, body: chat(true) })),
      )
      for (const answer of answers) {
        assert.equal(answer.complete, true)
        assert.ok(answer.body.toString().endsWith('data: [DONE]\n\n'))
      }
    })
  })
}
