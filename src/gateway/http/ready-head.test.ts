import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { createManualClock, systemClock } from '../../core/clock.ts'
import { ReadyHead } from './ready-head.ts'

const KEEP_ALIVE_MS = 65_000
const BODY = '{"answer":"\u00e9"}'
const HEADERS = ['x-request-id', 'req_1', 'content-type', 'application/json', 'x-name', 'caf\u00e9']

interface Told {
  readonly text: string
  readonly taken: readonly boolean[]
}

/** Sends these octets and reads until the server closes; each request is answered with the head under test. */
async function ask(octets: string, head: ReadyHead | undefined, closesOn = /\/last/): Promise<Told> {
  const taken: boolean[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const headers = [...HEADERS, 'content-length', String(BODY.length)]
    const isTaken = head?.take(request, response, headers) === true
    taken.push(isTaken)
    if (!isTaken) response.writeHead(200, headers)
    response.end(BODY, 'latin1')
    if (closesOn.test(request.url ?? '')) response.on('close', () => request.socket.end())
  }
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer)
  server.on('checkContinue', answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => (text += more))
  socket.write(octets, 'latin1')
  await once(socket, 'close')
  server.close()
  return { text, taken }
}

function toRequest(path: string, { method = 'POST', version = '1.1', more = '' } = {}): string {
  return `${method} ${path} HTTP/${version}\r\nhost: a\r\n${more}content-length: 0\r\n\r\n`
}

function withoutDate(text: string): string {
  return text.replaceAll(/Date: [^\r]+ GMT\r\n/g, 'Date: D\r\n')
}

describe('a ready head', () => {
  const head = new ReadyHead(systemClock, KEEP_ALIVE_MS)

  const taken: [string, string][] = [
    ['of one answer', toRequest('/last')],
    ['of answers in a row on one connection', toRequest('/1') + toRequest('/2') + toRequest('/last')],
    [
      'for HTTP/1.0 that wants to stay',
      toRequest('/last', { version: '1.0', more: 'connection: keep-alive\r\n' }),
    ],
  ]
  for (const [what, octets] of taken) {
    it(`is octet by octet what Node would have written: ${what}`, async () => {
      const ours = await ask(octets, head)
      const theirs = await ask(octets, undefined)
      assert.equal(withoutDate(ours.text), withoutDate(theirs.text))
      assert.match(ours.text, /Date: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT\r\n/)
      assert.ok(ours.taken.every(Boolean), 'Node keeps the head elsewhere now: see ready-head.ts')
    })
  }

  const left: [string, string][] = [
    ['the connection is to be closed', toRequest('/last', { more: 'connection: close\r\n' })],
    ['the caller speaks HTTP/1.0', toRequest('/last', { version: '1.0' })],
    ['the caller expects to be told to go on', toRequest('/last', { more: 'expect: 100-continue\r\n' })],
    ['there is no body', toRequest('/last', { method: 'HEAD' })],
  ]
  for (const [why, octets] of left) {
    it(`is left to Node where ${why}`, async () => {
      const ours = await ask(octets, head)
      assert.deepEqual(ours.taken, [false])
      assert.equal(withoutDate(ours.text), withoutDate((await ask(octets, undefined)).text))
    })
  }

  it('is left to Node where the head is made already, and where Node keeps it elsewhere', () => {
    const request = { method: 'POST', headers: {} } as IncomingMessage
    const made = { _header: 'HTTP/1.1 200 OK', shouldKeepAlive: true } as unknown as ServerResponse
    const elsewhere = { shouldKeepAlive: true } as ServerResponse
    assert.equal(head.take(request, made, []), false)
    assert.equal(head.take(request, elsewhere, []), false)
    assert.ok(!('_header' in elsewhere))
  })

  it('carries the date of its second, and no promise where the listener gives none', () => {
    const clock = createManualClock(Date.UTC(2026, 10, 21, 12, 0, 0, 900))
    const silent = new ReadyHead(clock, 0)
    const write = (): string => {
      const response = { _header: null, shouldKeepAlive: true } as unknown as ServerResponse
      silent.take({ method: 'POST', headers: {} } as IncomingMessage, response, ['a', 'b'])
      return (response as unknown as { _header: string })._header
    }
    const first =
      'HTTP/1.1 200 OK\r\na: b\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n\r\n'
    assert.equal(write(), first)
    clock.advance(200)
    assert.equal(write(), first.replace('12:00:00', '12:00:01'))
  })
})
