// A real nginx as the guide has it, and the same one wrongly set up: it holds events back, or leads elsewhere.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { hashKey } from '../../access/create-key.ts'
import { Secret } from '../../core/secret.ts'
import { componentOrSkip } from '../../../test/support/component.ts'
import { assertAnswer, examine, examineOne } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startStage, until, type Stage } from '../../../test/support/weir.ts'
import { countBursts } from '../ask/stream.ts'

const KEY = 'wk_00000000_a-key-for-the-doctor-to-use'
/** What stands in the location of each. */
const SERVERS = {
  good: 'proxy_http_version 1.1; proxy_buffering off;',
  // HTTP/1.0 towards the gateway is what nginx does by itself; then nothing leaves before a buffer is full.
  holding: 'proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 64k; proxy_buffers 8 64k;',
  deaf: 'proxy_http_version 1.1; proxy_buffering off; proxy_ignore_client_abort on;',
  stripping: 'proxy_set_header Authorization "";',
  narrow: 'client_max_body_size 10;',
  reading: 'limit_except GET { deny all; }',
  packing:
    'proxy_http_version 1.1; gzip on; gzip_types text/event-stream; gzip_min_length 1; gzip_proxied any;',
}
type ServerName = keyof typeof SERVERS | 'nowhere'

let stage: Stage
let ports: Readonly<Record<ServerName, number>>
let stop: (() => Promise<void>) | undefined

before(async () => {
  stage = await startStage({
    profile: { kind: 'vllm', models: ['chat'], tokensPerSecond: 120, outputTokens: 1_000, firstTokenMs: 20 },
    config: { keys: [{ name: 'k', hash: hashKey(KEY) }] },
  })
  const names = [...(Object.keys(SERVERS) as ServerName[]), 'nowhere' as const]
  const free = await Promise.all(names.map(async (name) => [name, await findFreePort()] as const))
  ports = Object.fromEntries(free) as Record<ServerName, number>
})
after(async () => {
  await stop?.()
  await stage.stop()
})

/** Once for all tests. False where there is none: the test was skipped then. */
async function startNginx(t: TestContext): Promise<boolean> {
  const binary = componentOrSkip(t, 'nginx')
  if (binary === undefined) return false
  if (stop !== undefined) return true
  const folder = mkdtempSync(join(tmpdir(), 'weir-doctor-nginx-'))
  const closed = await findFreePort()
  const server = (name: ServerName, upstream: number, more: string): string =>
    `server { listen 127.0.0.1:${ports[name]}; location / { proxy_pass http://127.0.0.1:${upstream}; ` +
    `proxy_set_header X-Forwarded-For $remote_addr; ${more} } }`
  const lines = [
    process.getuid?.() === 0 ? 'user root;' : '',
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit; events {} http { access_log off;`,
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    ),
    ...Object.entries(SERVERS).map(([name, more]) => server(name as ServerName, stage.port, more)),
    server('nowhere', closed, ''),
    '}',
  ]
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, lines.join('\n'))
  const child = spawn(binary, ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: 'ignore' })
  stop = async () => {
    const gone = once(child, 'exit')
    if (child.exitCode === null && child.kill('SIGTERM')) await gone
    rmSync(folder, { recursive: true, force: true })
  }
  await until(() => isAnswered(ports.good), 'nginx')
  return true
}

function isAnswered(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  )
}

const toExamined = (name: ServerName, key: string | undefined = KEY) => ({
  written: {
    listen: `127.0.0.1:${stage.port}`,
    metrics: { listen: new URL(stage.metricsUrl).host },
    backends: [{ name: 'a', url: stage.simulatorUrl, kind: 'vllm' }],
  },
  options: {
    places: { proxy: `http://127.0.0.1:${ports[name]}` },
    key: key === undefined ? undefined : new Secret(key),
  },
})

test('a proxy that passes streams on and tells of callers that leave is well', async (t) => {
  if (!(await startNginx(t))) return
  const answers = await examine({ ...toExamined('good'), only: ['proxy'] })
  assert.deepEqual(
    answers.map(({ check, status }) => `${check} ${status}`),
    ['proxy ok', 'proxy-callers ok', 'proxy-streams ok', 'proxy-cancels ok'],
    JSON.stringify(answers),
  )
})

test('a proxy that holds events back, or packs them, is found', async (t) => {
  if (!(await startNginx(t))) return
  const holding = await examineOne({ ...toExamined('holding'), only: 'proxy-streams' })
  assertAnswer(holding, 'fail', /^\d arrivals through the proxy/, /proxy_buffering off/)
  const packing = await examineOne({ ...toExamined('packing'), only: 'proxy-streams' })
  assertAnswer(packing, 'warn', /it compresses streams \(gzip\)/, /gzip off/)
})

test('a proxy that keeps to itself that a caller has left is found', async (t) => {
  if (!(await startNginx(t))) return
  const answer = await examineOne({ ...toExamined('deaf'), only: 'proxy-cancels' })
  assertAnswer(answer, 'fail', /had not noticed/, /proxy_ignore_client_abort/)
})

test('a proxy that leads nowhere is one failure', async (t) => {
  if (!(await startNginx(t))) return
  const answers = await examine({ ...toExamined('nowhere'), only: ['proxy'] })
  assertAnswer(answers[0]!, 'fail', /answered with 502/, /proxy_pass/)
  assert.deepEqual(
    answers.slice(1).map(({ status }) => status),
    ['skip', 'skip', 'skip'],
  )
})

test('without a key, and with a wrong one, streams are not asked for, and nothing is printed of it', async (t) => {
  if (!(await startNginx(t))) return
  const { options, ...rest } = toExamined('good')
  const none = await examineOne({ ...rest, options: { places: options.places }, only: 'proxy-streams' })
  assertAnswer(none, 'skip', /needs a key/, /--key-file/)
  const wrong = await examineOne({ ...toExamined('good', 'wk_00000000_not-a-key'), only: 'proxy-streams' })
  assertAnswer(wrong, 'skip', /refuses the key/)
  assert.ok(!JSON.stringify(wrong).includes('not-a-key'))
})

test('arrivals are counted by the pauses between them', () => {
  assert.equal(countBursts([], 3), 0)
  assert.equal(countBursts([10, 11, 12, 40, 41, 80], 3), 3)
})

test('a proxy that takes keys away, or refuses or shortens requests, is one failure', async (t) => {
  if (!(await startNginx(t))) return
  const failed = async (name: ServerName) => {
    const answers = await examine({ ...toExamined(name), only: ['proxy'] })
    const [first, ...others] = answers.filter(({ status }) => status === 'fail')
    assert.ok(first !== undefined && others.length === 0, JSON.stringify(answers))
    return first
  }
  assertAnswer(await failed('stripping'), 'fail', /does not come through \(401\)/, /header Authorization/)
  assertAnswer(await failed('narrow'), 'fail', /answered with 413/, /client_max_body_size/)
  assertAnswer(await failed('reading'), 'fail', /answered with 403/, /POST/)
  const metrics = await examineOne({
    ...toExamined('good'),
    options: { places: { proxy: stage.metricsUrl.replace(/\/metrics$/, '') } },
    only: 'proxy-callers',
  })
  assertAnswer(metrics, 'fail', /answered with 404/, /where callers connect/)
})

test('a proxy on this machine that does not say for whom it asks lets everybody in, which is found', async (t) => {
  if (!(await startNginx(t))) return
  const open = await startStage()
  t.after(() => open.stop())
  const written = { listen: `127.0.0.1:${open.port}`, metrics: { listen: new URL(open.metricsUrl).host } }
  // The gateway itself, asked as such a proxy asks it.
  const examined = { options: { places: { proxy: open.url } }, only: 'proxy-callers' }
  assertAnswer(await examineOne({ written, ...examined }), 'fail', /without a key/, /X-Forwarded-For/)
  const known = { written: { ...written, auth: 'none' }, ...examined }
  assertAnswer(await examineOne(known), 'ok', /nobody is let in/)
  assertAnswer(await examineOne({ ...toExamined('good'), only: 'proxy-callers' }), 'ok', /keys come through/)
})
