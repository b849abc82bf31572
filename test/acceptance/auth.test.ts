import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { hashKey } from '../../src/access/create-key.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, until, type TestGateway, type Written } from '../support/weir.ts'
import { FREE_PORTS, startProcess } from './support/process.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const KEY = 'wk_team00aa_0123456789012345678901234567'
const OTHER_KEY = 'wk_team00bb_7654321076543210765432107654'
const HOW = /weir keys create --name NAME/
const MAIN = join(import.meta.dirname, '../../src/main.ts')

let simulator: Simulator
let open: TestGateway
let keyed: TestGateway

before(async () => {
  simulator = createSimulator({ outputTokens: 3, recordRequests: true })
  await simulator.listen({ host: '127.0.0.1', port: 0 })
  open = await startGateway({ ...served(), listen: ':0' })
  keyed = await startGateway({
    ...served(),
    keys: [
      { name: 'team-a', hash: hashKey(KEY), tenant: 'a' },
      { name: 'team-b', hash: hashKey(OTHER_KEY), models: ['sim-em*'] },
    ],
  })
})
after(async () => {
  await open.stop()
  await keyed.stop()
  await simulator.close()
})

function served(): Written {
  return { backends: [{ name: 'sim', url: simulator.address?.url, kind: 'simulator' }] }
}

type Pairs = readonly (readonly [string, string])[]

const BODY = '{"model":"sim-chat","max_tokens":9,"messages":[{"role":"user","content":"x"}]}'
const PATHS = ['/v1/chat/completions', '/api/chat', '/v1/messages']
const post = (gateway: TestGateway, headers: Pairs = [], path = '/v1/chat/completions'): Promise<Answer> =>
  sendRaw(gateway.port, { path, headers, body: BODY })

/** The message of an error, where each dialect has it. */
function messageOf(answer: Answer): string {
  const { error } = JSON.parse(answer.body.toString()) as { error: string | { message: string } }
  return typeof error === 'string' ? error : error.message
}

test('without keys a caller on this machine is served, whatever its SDK sends as a key', async () => {
  for (const path of PATHS) {
    assert.equal((await post(open, [], path)).status, 200, path)
    assert.equal((await post(open, [['Authorization', 'Bearer anything']], path)).status, 200, path)
    assert.equal((await post(open, [['x-api-key', 'anything']], path)).status, 200, path)
  }
})

test('without keys whatever came through a proxy or from a web page is refused with the way to a key', async () => {
  const started = simulator.ledger.totals.started
  const signs: Pairs = [
    ['X-Forwarded-For', '127.0.0.1'],
    ['x-forwarded-proto', 'https'],
    ['X-FORWARDED-HOST', 'models.example'],
    ['X-Forwarded-Whatever', ''],
    ['Forwarded', 'for=127.0.0.1'],
    ['X-Real-IP', '127.0.0.1'],
    ['Via', '1.1 nginx'],
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
  ]
  for (const sign of signs) {
    for (const path of PATHS) {
      const answer = await post(open, [sign], path)
      assert.equal(answer.status, 401, `${sign.join(': ')} ${path}`)
      assert.match(messageOf(answer), HOW)
    }
    const list = await sendRaw(open.port, { method: 'GET', path: '/v1/models', headers: [sign] })
    assert.equal(list.status, 401)
  }
  assert.equal(simulator.ledger.totals.started, started, 'nothing of this reached the backend')
  assert.equal(
    (await post(open, [['Origin', 'http://localhost:3000']])).status,
    200,
    'a page of this machine',
  )
})

test('without keys a caller from another address is refused', async (t) => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address
  if (address === undefined) {
    t.skip('SKIPPED: this machine has no address but its loopback')
    return
  }
  const answer = await fetch(`http://${address}:${open.port}/v1/chat/completions`, {
    method: 'POST',
    body: BODY,
  })
  assert.equal(answer.status, 401)
  assert.match(await answer.text(), HOW)
  assert.equal(
    (await fetch(`http://${address}:${open.port}/healthz`)).status,
    200,
    'health is nobody’s secret',
  )
})

test('with keys nobody is served without one, from this machine or not', async () => {
  for (const path of PATHS) {
    const answer = await post(keyed, [], path)
    assert.equal(answer.status, 401, path)
    assert.match(messageOf(answer), /An API key is needed/)
  }
  for (const headers of [
    [['Authorization', `Bearer ${KEY}x`]],
    [['Authorization', 'Bearer ']],
    [['Authorization', KEY]],
    [['Authorization', 'Basic eDp5']],
    [['x-api-key', KEY.toUpperCase()]],
    [['Cookie', `key=${KEY}`]],
  ] as const) {
    assert.equal((await post(keyed, headers)).status, 401, headers[0].join(': '))
  }
  const list = await sendRaw(keyed.port, { method: 'GET', path: '/api/tags' })
  assert.equal(list.status, 401)
})

test('a key is taken from where each SDK puts it, and named in the record', async () => {
  const sealed = keyed.records.length
  const ways: Pairs[] = [
    [['Authorization', `Bearer ${KEY}`]],
    [['authorization', `bearer   ${KEY} `]],
    [['X-API-Key', KEY]],
    [['api-key', KEY]],
    [
      ['Authorization', `Bearer ${KEY}`],
      ['X-Api-Key', KEY],
    ],
    [
      ['X-Api-Key', KEY],
      ['X-Forwarded-For', '203.0.113.9'],
    ],
  ]
  for (const headers of ways) {
    for (const path of PATHS)
      assert.equal((await post(keyed, headers, path)).status, 200, JSON.stringify([path, headers]))
  }
  const records = (await keyed.untilSealed(sealed + ways.length * PATHS.length)).slice(sealed)
  for (const record of records) assert.deepEqual([record.key, record.tenant], ['team-a', 'a'])
})

test('two keys that differ are a mistake that is named, even when one of them is right', async () => {
  for (const headers of [
    [
      ['Authorization', `Bearer ${KEY}`],
      ['X-Api-Key', OTHER_KEY],
    ],
    [
      ['X-Api-Key', 'wrong'],
      ['Authorization', `Bearer ${KEY}`],
    ],
    [
      ['X-Api-Key', KEY],
      ['X-Api-Key', OTHER_KEY],
    ],
  ] as const) {
    for (const path of PATHS) {
      const answer = await post(keyed, headers, path)
      assert.equal(answer.status, 400, path)
      assert.match(messageOf(answer), /Two different API keys/, path)
    }
  }
})

test('a key opens its own models and no others', async () => {
  const answer = await post(keyed, [['x-api-key', OTHER_KEY]])
  assert.equal(answer.status, 403)
  assert.match(messageOf(answer), /may not use this model/)
  const embed = await sendRaw(keyed.port, {
    path: '/api/embed',
    headers: [['x-api-key', OTHER_KEY]],
    body: '{"model":"sim-embed","input":"x"}',
  })
  assert.equal(embed.status, 200)
})

test('`auth: none` serves everybody, knowingly', async () => {
  const gateway = await startGateway({ ...served(), auth: 'none' })
  try {
    assert.equal((await post(gateway, [['X-Forwarded-For', '203.0.113.9']])).status, 200)
    assert.equal((await post(gateway, [['Authorization', 'Bearer wrong']])).status, 200)
  } finally {
    await gateway.stop()
  }
})

test('strangers are refused before their body is read', async () => {
  const client = new RawClient(keyed.port)
  client.write(
    'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 30000000\r\n\r\n',
  )
  const answer = await client.answer()
  assert.equal(answer.status, 401, 'and not 100')
  client.socket.destroy()
})

test('whoever reaches a Unix socket is on this machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-auth-'))
  const path = join(folder, 'weir.sock')
  const gateway = await startGateway({ ...served(), listen: `unix:${path}` })
  try {
    const status = await new Promise((resolve, reject) => {
      const call = request({ socketPath: path, method: 'POST', path: '/v1/chat/completions' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      call.on('error', reject)
      call.end(BODY)
    })
    assert.equal(status, 200)
    const socket = connect(path)
    let seen = ''
    socket.on('data', (chunk) => (seen += chunk.toString()))
    socket.write(toRequestBytes({ path: PATHS[0] ?? '', headers: [['X-Forwarded-For', '::1']], body: BODY }))
    await until(() => seen.includes('weir keys create'), 'the refusal of a proxy')
    socket.destroy()
  } finally {
    await gateway.stop()
    rmSync(folder, { recursive: true })
  }
})

test('what `weir keys create --print` prints, pasted into the file, lets its holder in', async () => {
  const printed = execFileSync(
    process.execPath,
    [MAIN, 'keys', 'create', '--print', '--name', 'team-c', '--models', 'sim-chat'],
    {
      encoding: 'utf8',
    },
  )
  const key = printed.slice(0, printed.indexOf('\n'))
  assert.match(key, /^wk_[0-9a-z]{8}_[\w-]{27}$/)
  const lines = printed.slice(printed.indexOf('keys:\n  - '))
  assert.ok(!lines.includes(key), 'what stays here is the hash')
  assert.equal((parse(lines) as { keys: { hash: string }[] }).keys[0]?.hash, hashKey(key))
  const weir = await startProcess({ config: `${stringify({ ...FREE_PORTS, ...served() })}${lines}` })
  try {
    const ask = (given: string): Promise<Answer> =>
      sendRaw(weir.port, {
        path: '/v1/chat/completions',
        headers: [['Authorization', `Bearer ${given}`]],
        body: BODY,
      })
    assert.equal((await ask(key)).status, 200)
    assert.equal((await ask(OTHER_KEY)).status, 401)
    const isLine = (): boolean => weir.lines().some((line) => line['key'] === 'team-c')
    await until(isLine, 'the line of its request')
    assert.ok(!weir.output().includes(key) && !weir.output().includes(OTHER_KEY))
  } finally {
    await weir.destroy()
  }
})

test('no key is ever logged, measured or sent on', async () => {
  await post(keyed, [['Authorization', `Bearer ${KEY}`]])
  await post(keyed, [['Authorization', 'Bearer wk_mistaken']])
  const isLogged = (): boolean =>
    keyed.logLines.filter((line) => line.includes('"msg":"request"')).length >= 2
  await until(isLogged, 'the lines of both')
  const everything = [
    keyed.logLines.join('\n'),
    JSON.stringify(keyed.records),
    await keyed.scrape(),
    JSON.stringify(simulator.ledger.entries),
  ]
  for (const text of everything) {
    for (const secret of [KEY, OTHER_KEY, 'wk_mistaken', hashKey(KEY)]) assert.ok(!text.includes(secret))
  }
})
