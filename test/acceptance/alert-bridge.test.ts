// A real Alertmanager reaches DingTalk, WeCom and Feishu through the real gateway; and the page it posts to, held to what it says of who
// may use it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parseMap, textAt, type FakeService } from '../support/receivers/fake-service.ts'
import { startAlertmanager } from '../support/alertmanager.ts'
import { startDingtalk, startFeishu, startWecom, type Robot } from '../support/receivers/robots.ts'
import { startGateway, toConfig, until, type TestGateway } from '../support/weir.ts'

const SECRET = 'SEC-of-a-robot-0123456789'
const TOKEN = 'bridge-token-0123456789'

interface Robots {
  readonly dingtalk: Robot
  readonly wecom: Robot
  readonly feishu: Robot
}

async function startRobots(): Promise<Robots> {
  const nowMs = (): number => Date.now()
  return {
    dingtalk: await startDingtalk({ nowMs, secret: SECRET }),
    wecom: await startWecom({ nowMs }),
    feishu: await startFeishu({ nowMs, secret: SECRET }),
  }
}

function startBridge({ dingtalk, wecom, feishu }: Robots, token?: string): Promise<TestGateway> {
  return startGateway({
    alerts: {
      language: 'zh',
      receivers: [
        { name: 'dingtalk', kind: 'dingtalk', url: dingtalk.url, secret: SECRET },
        { name: 'wecom', kind: 'wecom', url: wecom.url, language: 'en' },
        { name: 'feishu', kind: 'feishu', url: feishu.url, secret: SECRET },
      ],
      ...(token === undefined ? {} : { bridge: { token } }),
    },
  })
}

const hookOf = ({ metricsUrl }: TestGateway, receiver: string): string =>
  new URL(`/hooks/alertmanager/${receiver}`, metricsUrl).href

/** Fast enough for a test, and else as people write it. */
function toAlertmanagerConfig(url: string): Readonly<Record<string, unknown>> {
  return {
    route: {
      receiver: 'weir',
      group_by: ['alertname'],
      group_wait: '50ms',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [{ name: 'weir', webhook_configs: [{ url, send_resolved: true }] }],
  }
}

const LABELS = { alertname: 'HighLatency', severity: 'critical', model: 'qwen3:32b' }

const firing = (): unknown => ({
  labels: LABELS,
  annotations: { summary: 'P95 is 4.2 s, **more** than [3 s](http://evil.example).' },
  startsAt: new Date(Date.now() - 60_000).toISOString(),
})

const textOf = (service: FakeService, ...path: readonly string[]): string =>
  service.taken.map(({ body }) => textAt(parseMap(body), ...path) ?? body).join('\n')

describe('the bridge behind a real Alertmanager', () => {
  let robots: Robots
  let gateway: TestGateway

  before(async () => {
    robots = await startRobots()
    gateway = await startBridge(robots)
  })
  after(async () => {
    await gateway.stop()
    for (const robot of Object.values(robots) as Robot[]) await robot.close()
  })

  const READ: Readonly<Record<keyof Robots, { path: readonly string[]; title: RegExp; over: RegExp }>> = {
    dingtalk: { path: ['markdown', 'text'], title: /紧急：HighLatency/, over: /已恢复：HighLatency/ },
    wecom: { path: ['markdown', 'content'], title: /PAGE: HighLatency/, over: /RESOLVED: HighLatency/ },
    feishu: { path: [], title: /紧急：HighLatency/, over: /已恢复：HighLatency/ },
  }

  for (const name of ['dingtalk', 'wecom', 'feishu'] as const) {
    test(`${name} is told that something fires, and when it is over`, async (context) => {
      const alertmanager = await startAlertmanager(context, toAlertmanagerConfig(hookOf(gateway, name)))
      if (alertmanager === undefined) return
      const robot = robots[name]
      const { path, title, over } = READ[name]
      await alertmanager.post([firing()])
      await until(() => robot.taken.length === 1, 'the message')
      assert.match(textOf(robot, ...path), title)
      assert.match(textOf(robot, ...path), /P95 is 4\.2 s/)
      await alertmanager.post([{ ...(firing() as object), endsAt: new Date().toISOString() }])
      await until(() => robot.taken.length === 2, 'the end')
      assert.match(textOf(robot, ...path), over)
      assert.deepEqual([robot.refused, robot.posted.length], [[], 2])
    })
  }

  test('Alertmanager tries again what a robot was too busy for', async (context) => {
    const { dingtalk } = robots
    const before = dingtalk.posted.length
    dingtalk.misbehave({ status: 200, body: '{"errcode":-1,"errmsg":"busy"}' })
    const alertmanager = await startAlertmanager(context, toAlertmanagerConfig(hookOf(gateway, 'dingtalk')))
    if (alertmanager === undefined) return
    await alertmanager.post([firing()])
    await until(() => dingtalk.posted.length === before + 2, 'the second try')
    const requests = 'alertmanager_notification_requests'
    await until(async () => (await alertmanager.counted(`${requests}_total`)) === 2, 'both requests')
    assert.equal(await alertmanager.counted(`${requests}_failed_total`), 1)
    assert.equal(await alertmanager.counted('alertmanager_notifications_failed_total'), 0)
  })

  test('Alertmanager does not try again what a robot will never take', async (context) => {
    const { wecom } = robots
    const before = wecom.posted.length
    wecom.misbehave({ status: 200, body: '{"errcode":93000,"errmsg":"invalid webhook url"}' })
    const alertmanager = await startAlertmanager(context, toAlertmanagerConfig(hookOf(gateway, 'wecom')))
    if (alertmanager === undefined) return
    await alertmanager.post([firing()])
    const failed = 'alertmanager_notifications_failed_total'
    await until(async () => (await alertmanager.counted(failed)) === 1, 'the failure')
    assert.equal(await alertmanager.counted('alertmanager_notification_requests_total'), 1)
    assert.equal(wecom.posted.length, before + 1)
  })

  test('two Alertmanagers that do not know of each other are heard once', async (context) => {
    const { feishu } = robots
    const before = feishu.taken.length
    const config = toAlertmanagerConfig(hookOf(gateway, 'feishu'))
    const one = await startAlertmanager(context, config)
    const other = await startAlertmanager(context, config)
    if (one === undefined || other === undefined) return
    const alert = { ...(firing() as object), labels: { ...LABELS, alertname: 'Twice' } }
    await Promise.all([one.post([alert]), other.post([alert])])
    const requests = 'alertmanager_notification_requests_total'
    for (const each of [one, other]) await until(async () => (await each.counted(requests)) === 1, 'both')
    assert.equal(feishu.taken.length, before + 1)
    for (const each of [one, other])
      assert.equal(await each.counted('alertmanager_notification_requests_failed_total'), 0)
  })
})

describe('the page of the bridge', () => {
  let robots: Robots
  let gateway: TestGateway

  before(async () => {
    robots = await startRobots()
    gateway = await startBridge(robots, TOKEN)
  })
  after(async () => {
    await gateway.stop()
    for (const robot of Object.values(robots) as Robot[]) await robot.close()
  })

  const BODY = JSON.stringify({
    version: '4',
    groupKey: 'g',
    status: 'firing',
    alerts: [{ status: 'firing', labels: LABELS, startsAt: '2026-11-21T12:00:00Z', fingerprint: 'f' }],
  })
  /** 64 MiB in pieces, where four are taken. */
  const MORE_THAN_ENOUGH = 1_024
  const CHUNK_BYTES = 65_536
  const SPACE = 0x20
  const JSON_TYPE = { 'content-type': 'application/json' }

  const post = (receiver: string, init: RequestInit = {}): Promise<Response> =>
    fetch(hookOf(gateway, receiver), { method: 'POST', headers: JSON_TYPE, body: BODY, ...init })

  test('a caller on this machine needs no token, anybody else does', async () => {
    assert.equal((await post('wecom')).status, 200)
    for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'] as const) {
      const headers = { ...JSON_TYPE, [header]: '203.0.113.9' }
      const refused = await post('wecom', { headers })
      assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'], header)
      const wrong = { ...headers, authorization: `Bearer ${TOKEN}x` }
      assert.equal((await post('wecom', { headers: wrong })).status, 401)
      assert.equal(
        (await post('wecom', { headers: { ...headers, authorization: `Bearer ${TOKEN}` } })).status,
        200,
      )
    }
    const page = { ...JSON_TYPE, origin: 'https://evil.example' }
    assert.equal((await post('wecom', { headers: page })).status, 401)
  })

  test('a stranger does not learn which receivers there are', async () => {
    const headers = { ...JSON_TYPE, 'x-forwarded-for': '203.0.113.9' }
    const texts = await Promise.all(
      ['wecom', 'nobody'].map(async (name) => (await post(name, { headers })).text()),
    )
    assert.equal(texts[0], texts[1])
  })

  test('what is wrong with a request is said', async () => {
    const cases: readonly (readonly [string, RequestInit, number, RegExp])[] = [
      ['wecmo', {}, 404, /did you mean wecom\?/],
      ['%ff', {}, 404, /no receiver/],
      ['wecom/x', {}, 404, /no receiver/],
      ['', {}, 404, /no receiver/],
      ['wecom', { method: 'GET', body: null }, 405, /POST/],
      ['wecom', { headers: { 'content-type': 'text/plain' } }, 415, /application\/json/],
      ['wecom', { body: '{' }, 400, /not JSON/],
      ['wecom', { body: 'x'.repeat(4_194_305) }, 413, /4194304 bytes/],
    ]
    for (const [receiver, init, status, text] of cases) {
      const answer = await post(receiver, init)
      assert.equal(answer.status, status, receiver)
      assert.match(await answer.text(), text)
    }
  })

  test('a body that does not say how long it is is cut off', async () => {
    let left = MORE_THAN_ENOUGH
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve))
        left -= 1
        if (left === 0) controller.close()
        else controller.enqueue(new Uint8Array(CHUNK_BYTES).fill(SPACE))
      },
    })
    const answer = await post('wecom', { body, duplex: 'half' }).catch(() => undefined)
    assert.ok(answer === undefined || answer.status === 413)
    assert.ok(left > 0, 'it was read to its end')
    assert.equal((await fetch(gateway.metricsUrl)).status, 200)
  })

  test('no secret of a receiver is in an answer or in the log', async () => {
    robots.dingtalk.misbehave('echo')
    const answer = await post('dingtalk')
    assert.equal(answer.status, 424)
    const seen = `${await answer.text()}${gateway.logLines.join('\n')}`
    assert.match(seen, /refused by its receiver/)
    for (const secret of [SECRET, TOKEN, robots.dingtalk.url, new URL(robots.dingtalk.url).search.slice(14)])
      assert.ok(!seen.includes(secret), seen)
  })

  test('a reload changes receivers and token', async () => {
    const { weir } = gateway
    const receivers = [{ name: 'new', kind: 'wecom', url: robots.wecom.url }]
    await weir.apply(toConfig({ alerts: { receivers } }))
    assert.equal((await post('wecom')).status, 404)
    assert.equal((await post('new')).status, 200)
    const headers = { ...JSON_TYPE, 'x-forwarded-for': '203.0.113.9', authorization: `Bearer ${TOKEN}` }
    const refused = await post('new', { headers })
    assert.deepEqual([refused.status, /alerts\.bridge\.token/.test(await refused.text())], [403, true])
  })
})
