import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ListenAddress } from '../config/fields.ts'
import { systemClock } from '../core/clock.ts'
import { closeServer, listen, ListenError } from './listen.ts'

/** A server whose port is refused by the system. */
class RefusedServer extends EventEmitter {
  readonly #code: string

  constructor(code: string) {
    super()
    this.#code = code
  }

  listen(): void {
    this.emit('error', Object.assign(new Error('refused'), { code: this.#code }))
  }
}

async function refusal(code: string, address: ListenAddress): Promise<string> {
  const error = await listen(new RefusedServer(code) as unknown as Server, address).catch(
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ListenError)
  return error.message
}

const tcp = (port: number, host = '127.0.0.1'): ListenAddress => ({ kind: 'tcp', host, port })

test('a taken port is told with its usual owner and what to do', async () => {
  const owners: Readonly<Record<number, RegExp>> = {
    9090: /Prometheus/,
    9093: /Alertmanager/,
    9100: /node_exporter/,
    11434: /Ollama/,
    3000: /Grafana/,
    8000: /vLLM/,
  }
  for (const [port, owner] of Object.entries(owners)) {
    const message = await refusal('EADDRINUSE', tcp(Number(port)))
    assert.match(message, new RegExp(`127\\.0\\.0\\.1:${port} is already taken`))
    assert.match(message, owner)
    assert.match(message, /another port/)
  }
})

test('a taken port that is nobody’s in particular names nobody', async () => {
  assert.doesNotMatch(await refusal('EADDRINUSE', tcp(18_789)), /usually/)
})

test('other refusals say what is wrong', async () => {
  assert.match(await refusal('EACCES', tcp(80)), /:80 may not be opened by this user/)
  assert.match(
    await refusal('EADDRNOTAVAIL', tcp(1_234, '203.0.113.1')),
    /203\.0\.113\.1:1234 is not an address/,
  )
  assert.match(await refusal('EMFILE', tcp(1_234)), /cannot be opened: refused/)
})

test('port 0 resolves with the port that was really opened', async (t) => {
  const server = createServer()
  t.after(() => closeServer(server, systemClock))
  const address = await listen(server, tcp(0))
  assert.ok(address.kind === 'tcp' && address.port > 0)
  assert.equal(server.listenerCount('error'), 0)
})

function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-listen-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'weir.sock')
}

test('a file that is not a socket is never removed to make room for one', async (t) => {
  const path = socketPath(t)
  writeFileSync(path, 'precious')
  await assert.rejects(listen(createServer(), { kind: 'unix', path }), /already taken/)
  assert.equal(readFileSync(path, 'utf8'), 'precious')
})

test('a socket that somebody listens on is left to them', async (t) => {
  const path = socketPath(t)
  const first = createServer()
  t.after(() => closeServer(first, systemClock))
  await listen(first, { kind: 'unix', path })
  await assert.rejects(listen(createServer(), { kind: 'unix', path }), /already taken/)
  assert.ok(first.listening && existsSync(path))
})

test('a socket that a killed process left behind makes room', async (t) => {
  const path = socketPath(t)
  const killed = createServer()
  await listen(killed, { kind: 'unix', path: `${path}.first` })
  // Closing removes the name it was opened by; the second name is what a kill leaves.
  linkSync(`${path}.first`, path)
  await closeServer(killed, systemClock)
  const successor = createServer()
  t.after(() => closeServer(successor, systemClock))
  await listen(successor, { kind: 'unix', path })
  assert.ok(successor.listening)
})
