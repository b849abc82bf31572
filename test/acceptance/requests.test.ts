// `weir requests` beside a running gateway that keeps its records in a file: what people and programs see of them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createShell } from '../support/shell.ts'
import { startStage, until } from '../support/weir.ts'

function makeFolder(context: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'weir-requests-'))
  context.after(() => rmSync(data, { recursive: true, force: true }))
  return data
}

const post = (url: string, body: unknown, headers = {}): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const chat = { model: 'sim-chat', max_tokens: 5, messages: [{ role: 'user', content: 'secret words' }] }

test('the records of a running gateway are searched, shown and read by programs', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  context.after(() => stage.stop())
  const weir = createShell(context, `data: ${data}\n`)
  const first = await post(stage.url, { ...chat, stream: true })
  await first.text()
  const evil = await post(stage.url, { ...chat, model: 'no\u001b[2Jsuch' })
  await evil.text()
  await (await post(stage.url, 'no json')).text()
  await until(async () => (await weir('requests --json')).out.split('\n').length === 4, 'three records')

  const table = await weir('requests')
  assert.deepEqual([table.code, table.err], [0, ''])
  assert.match(table.out, /sim-chat {2,}sim {2,}-/)
  assert.ok(!table.out.includes('\u001b'), 'neither colour nor what a caller wrote')
  assert.match(table.out, /no\\u001b\[2Jsuch/)

  const all = await weir('requests --limit all')
  assert.deepEqual([all.code, all.err, all.out], [0, '', table.out])

  const slowest = await weir('requests --slower-than 0 --limit 1 --status 200')
  assert.equal(slowest.out.trim().split('\n').length, 2)
  assert.match((await weir('requests --outcome caller_error --json')).out, /"code":"invalid_request"/)

  const id = first.headers.get('x-request-id') ?? ''
  const shown = await weir(`requests --id ${id}`)
  assert.equal(shown.code, 0)
  for (const part of [/ {2}POST \/v1\/chat\/completions \(openai, stream\)/, /^decode .*█/m, /^attempts$/m]) {
    assert.match(shown.out, part)
  }
  assert.ok(!shown.out.includes('secret words'), 'nothing that was said')
  const one = JSON.parse((await weir(`requests --json --id ${id}`)).out) as Record<string, unknown>
  assert.deepEqual([one['id'], one['status'], one['stream']], [id, 200, true])
  const phases = Object.values(one['phases'] as Record<string, number>).reduce((sum, ms) => sum + ms, 0)
  assert.ok(Math.abs(phases - Number(one['durationMs'])) < 0.001)

  await stage.stop()
  assert.equal((await weir('requests --json')).out.split('\n').length, 4, 'also when the gateway has ended')
})

test('on a terminal failures are coloured and lines fit, unless nobody wants that', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  context.after(() => stage.stop())
  await (await post(stage.url, { ...chat, model: 'none' })).text()
  const weir = createShell(context, `data: ${data}\n`, { isTTY: true, columns: 120 })
  await until(async () => (await weir('requests')).out.includes('\u001b[33m'), 'a yellow line')
})

test('what cannot be answered says why, and what to do', async (context) => {
  const data = makeFolder(context)
  const weir = createShell(context, `data: ${data}\n`)
  const empty = await weir('requests')
  assert.deepEqual([empty.code, empty.out], [2, ''])
  assert.match(empty.err, /^error: .*record/i)

  const off = await createShell(context, 'records: { store: off }\n')('requests')
  assert.deepEqual(
    [off.code, off.err],
    [2, 'error: this configuration keeps no records (records.store: off)\n'],
  )

  const beside = await weir('requests --id x --model m --since 1h')
  assert.equal(beside.code, 2)
  assert.equal(
    beside.err,
    'error: --id shows one request by itself; leave out --since\n' +
      'error: --id shows one request by itself; leave out --model\n',
  )
  const wrong = await weir('requests --since never --outcome abandond')
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /^error: --since: expected .*\nerror: --outcome: .* did you mean abandoned\?\n$/)
  const broken = await createShell(context, 'data: 5\n')('requests')
  assert.equal(broken.code, 2)
  assert.match(broken.err, /data/)
})

test('an id that nobody has ends with 1', async (context) => {
  const data = makeFolder(context)
  const stage = await startStage({ config: { data } })
  context.after(() => stage.stop())
  const mine = await post(stage.url, chat, { 'x-request-id': 'my-own-id' })
  await mine.text()
  const weir = createShell(context, `data: ${data}\n`)
  await until(async () => (await weir('requests --id my-own-id')).code === 0, 'a record')
  const none = await weir('requests --id my-own-idd')
  assert.deepEqual([none.code, none.out], [1, ''])
  assert.match(none.err, /^error: there is no record of a request my-own-idd; it may be older/)
})
