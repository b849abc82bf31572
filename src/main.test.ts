// The program as a shell sees it: a process with an exit code and two streams.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const MAIN = join(import.meta.dirname, 'main.ts')
const cwd = mkdtempSync(join(tmpdir(), 'weir-main-'))
after(() => rmSync(cwd, { recursive: true }))

const TIMEOUT_MS = 30_000
const PLAIN_ENV = { PATH: process.env['PATH'] }

function weir(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: PLAIN_ENV,
    timeout: TIMEOUT_MS,
  })
}

test('the process ends with 0, 1 or 2, and says why on standard error', () => {
  const version = weir('--version')
  assert.equal(version.status, 0)
  assert.match(version.stdout, /^weir version v\d+\.\d+\.\d+ \(commit (?:[0-9a-f]{7,}|unknown)\)\n$/)
  const wrong = weir('--lisen', ':1')
  assert.deepEqual([wrong.status, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /Did you mean --listen\?/)
  const no = weir('check', '--log-level', 'loud')
  assert.deepEqual([no.status, no.stdout], [1, ''])
  assert.match(no.stderr, /--log-level: log\.level: expected one of/)
})

test('a reader that leaves early is no failure', { timeout: TIMEOUT_MS }, async () => {
  const child = spawn(process.execPath, [MAIN, 'check', '--print', 'yaml'], { cwd, env: PLAIN_ENV })
  // Gone before the first byte: writing then fails with EPIPE.
  child.stdout.destroy()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  assert.equal(code, 0)
  assert.match(stderr, /^The configuration without a file is valid: .*\n$/)
})

test('the simulator answers until it is told to stop', { timeout: TIMEOUT_MS }, async (context) => {
  const child = spawn(process.execPath, [MAIN, 'simulate', '--listen', '127.0.0.1:0'], {
    cwd,
    env: PLAIN_ENV,
  })
  context.after(() => child.kill('SIGKILL'))
  const url = await new Promise<string>((resolve) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const found = /http:\/\/[\d.:]+\d/.exec(text)?.[0]
      if (found !== undefined) resolve(found)
    })
  })
  const answer = await fetch(`${url}/api/tags`)
  assert.equal(answer.status, 200)
  await answer.text()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  assert.equal(await ended, 0)
})

test(
  'a signal that comes during the start stops what was started, and is no failure',
  { timeout: TIMEOUT_MS },
  async (context) => {
    // A backend that takes connections and says nothing: the start waits for it.
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const sockets: Socket[] = []
    const backend = createServer((socket) => {
      sockets.push(socket)
      resolve()
    }).listen(0, '127.0.0.1')
    context.after(() => {
      for (const socket of sockets) socket.destroy()
      backend.close()
    })
    await new Promise((listening) => backend.once('listening', listening))
    const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
    const ports = ['--listen', '127.0.0.1:0', '--metrics-addr', '127.0.0.1:0']
    const child = spawn(process.execPath, [MAIN, 'serve', '--backend', `mute=${url},kind=openai`, ...ports], {
      cwd,
      env: PLAIN_ENV,
      stdio: 'ignore',
    })
    context.after(() => child.kill('SIGKILL'))
    await asked
    child.kill('SIGTERM')
    const [code, signal] = await new Promise<unknown[]>((ended) => child.once('exit', (...how) => ended(how)))
    assert.deepEqual([code, signal], [0, null])
  },
)
