import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHECKS } from '../../doctor/checks.ts'
import { toReport } from '../../doctor/report.ts'
import type { Answer } from '../../doctor/run.ts'
import { paintAnsi, paintNothing } from '../../records/read/paint.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { createShell } from '../../../test/support/shell.ts'
import { startStage } from '../../../test/support/weir.ts'
import { printProgress, printReport } from './doctor-print.ts'

const answer = (check: string, more: Partial<Answer>): Answer => ({
  ...{ check, group: 'setup', subject: '', status: 'ok', seen: 'seen' },
  ...more,
})

test('a report is a line for each answer, grouped, with what mends it; what waits for one cause is one line', () => {
  const report = toReport([
    answer('gateway', {
      group: 'gateway',
      status: 'fail',
      seen: 'nobody listens',
      means: 'It waits',
      fix: 'weir serve',
    }),
    answer('metrics', { group: 'gateway', status: 'skip', seen: 'not asked: it does not run' }),
    answer('metrics-move', { group: 'gateway', status: 'skip', seen: 'not asked: it does not run' }),
    answer('ports', { subject: 'metrics', seen: ':9464 is free' }),
    answer('disk', { status: 'warn', seen: '5 GiB are free', means: 'It will be full soon' }),
  ])
  assert.equal(
    printReport(report, paintNothing),
    `Set-up
  ok    ports metrics: :9464 is free
  warn  disk: 5 GiB are free
        It will be full soon.

Gateway
  fail  gateway: nobody listens
        It waits.
        → weir serve
  skip  metrics, metrics-move: not asked: it does not run

1 failed, 1 warning, 1 ok, 2 not asked
`,
  )
  assert.match(printReport(report, paintAnsi), /\u001b\[31mfail/)
})

test('progress fits its line and is wiped out in the end', () => {
  const waiting = ['backend-connects a', 'prometheus', 'grafana', 'proxy']
  const line = printProgress({ done: 3, all: 7, waiting }, 40)
  assert.equal(line, '\r\u001b[K3 of 7, waiting for backend-connects a,')
  assert.equal(printProgress({ done: 7, all: 7, waiting: [] }), '\r\u001b[K')
})

test('words that lead nowhere are wrong usage, each with what is meant', async (t) => {
  const weir = createShell(t, '{}')
  const wrong = await weir('doctor --prometheus localhost:9090 --only portz --patience 5 --key-file nowhere')
  assert.equal(wrong.code, 2)
  for (const words of [
    /--prometheus: expected a URL/,
    /portz; did you mean ports\?/,
    /--patience/,
    /--key-file.*ENOENT/,
  ])
    assert.match(wrong.err, words)
  assert.equal((await weir('doctor -c missing.yaml')).code, 2)
  assert.equal((await weir('doctor --nonsense')).code, 2)
})

test('help lists every question', async (t) => {
  const { out } = await createShell(t, '{}')('doctor --help')
  for (const { name } of CHECKS) assert.ok(out.includes(name), name)
})

test('a configuration that is not valid is told with every problem, and nothing else is asked', async (t) => {
  const { code, out } = await createShell(
    t,
    'listen: nowhere\nbackends: [{ name: a, url: "ftp://x" }]',
  )('doctor')
  assert.equal(code, 1)
  assert.match(out, /config: weir\.yaml:1:1: listen: expected an address/)
  assert.match(out, /config: weir\.yaml:2:\d+: backends\[0\]\.url/)
  assert.match(out, /everything else: not asked: the configuration is not valid\n\n2 failed, 1 not asked\n$/)
})

test('a gateway that is well ends with 0, as text without colours and as JSON', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const file = {
    ...{ listen: `127.0.0.1:${stage.port}`, metrics: { listen: new URL(stage.metricsUrl).host } },
    backends: [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }],
    records: { store: 'off' },
  }
  const weir = createShell(t, JSON.stringify(file))
  const text = await weir('doctor')
  assert.equal(text.code, 0, text.out)
  assert.match(text.out, / {2}ok {4}gateway: 127\.0\.0\.1:\d+ answers\n/)
  assert.ok(!text.out.includes('\u001b') && text.err === '', text.err)
  const json = JSON.parse((await weir('doctor --json --only gateway')).out) as {
    status: string
    answers: Answer[]
  }
  assert.equal(json.status, 'ok')
  assert.ok(
    json.answers.every(({ group }) => group === 'gateway'),
    JSON.stringify(json.answers),
  )
})

test('a gateway that does not run ends with 1; what can be asked before its start ends with 0', async (t) => {
  const file = {
    listen: `127.0.0.1:${await findFreePort()}`,
    metrics: { listen: `127.0.0.1:${await findFreePort()}` },
  }
  const weir = createShell(
    t,
    JSON.stringify({ ...file, backends: [{ name: 'a', url: 'http://127.0.0.1:9' }] }),
  )
  const whole = await weir('doctor --only gateway')
  assert.equal(whole.code, 1)
  assert.equal(whole.out.match(/ {2}fail /g)?.length, 1, whole.out)
  const before = await weir('doctor --only setup')
  assert.equal(before.code, 0, before.out)
  assert.ok(!before.out.includes('fail'), before.out)
})

test('a key out of a file goes to the gateway, and never to the terminal', async (t) => {
  const key = 'wk_00000000_a-key-that-must-not-be-shown'
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.end(request.url === '/readyz' ? '{"status":"ready"}' : '{"status":"ok"}')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const keyFile = join(tmpdir(), `weir-doctor-key-${process.pid}`)
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
  const { out, err } = await createShell(
    t,
    JSON.stringify({ listen: address, metrics: { listen: address } }),
  )(`doctor --key-file ${keyFile} --json`)
  assert.ok(!`${out}${err}`.includes(key))
})
