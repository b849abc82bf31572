// Two hundred callers that read slowly what backends pour out: what is held for each of them is bounded, their backends wait,
// and everybody else is served.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../support/weir.ts'
import { callers } from './callers.ts'
import { startChildGateway } from './child-gateway.ts'
import { pour, startRawBackend } from './raw-backend.ts'
import { toRequest } from './wire.ts'

const READERS = 200
const MIB = 1_048_576
const POURED_MIB = 64
const MOST_MIB_PER_READER = 1
const READ_EVERY_MS = 20
/** Slow, but never silent for as long as the time-out for writing. */
const READ_BYTES = 512
const STANDSTILL_MS = 500
/** Until all buffers of both kernels are full, gigabytes pass. */
const PATIENCE_MS = 50_000

const EVENT = Buffer.from(
  `data: {"choices":[{"index":0,"delta":{"content":"${'a'.repeat(200)}"}}]}\n\n`.repeat(64),
)
const chatStream = callers.find(({ name }) => name === 'openai chat stream')!

test(`${READERS} slow readers cost a bounded amount of memory each`, async (t) => {
  if (!existsSync('/proc/self/status')) return t.skip('SKIPPED: needs /proc of Linux')
  let received = 0
  const backend = await startRawBackend((socket) => {
    received += 1
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n')
    void pour(socket, EVENT, POURED_MIB * MIB)
  })
  const child = await startChildGateway({
    // What is measured is memory; how busy this machine is does not matter.
    server: { maxLoopDelay: '1h' },

    backends: [{ name: 'raw', url: backend.url, models: ['sim-chat'] }],
  })
  const sockets: Socket[] = []
  const reading = setInterval(() => {
    for (const socket of sockets) socket.read(READ_BYTES)
  }, READ_EVERY_MS)
  try {
    const before = child.memory().residentMiB
    const request = toRequest({ path: chatStream.path, body: chatStream.toBody('hi') })
    for (let i = 0; i < READERS; i += 1) {
      const socket = connect({ port: child.port, host: '127.0.0.1' }, () => socket.write(request))
      socket.on('error', () => undefined)
      // Paused: it is read only when we read.
      socket.on('readable', () => undefined)
      sockets.push(socket)
    }
    await until(() => received === READERS, 'every stream', PATIENCE_MS)
    let last = 0
    await until(
      async () => {
        const now = child.memory().residentMiB
        const hasSettled = Math.abs(now - last) < 2
        last = now
        await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS))
        return hasSettled
      },
      'memory that no longer grows',
      PATIENCE_MS,
    )
    const perReaderMib = (child.memory().peakMiB - before) / READERS
    t.diagnostic(`${(perReaderMib * 1_024).toFixed(0)} KiB for each of ${READERS} readers`)
    assert.ok(perReaderMib < MOST_MIB_PER_READER, `${perReaderMib} MiB each`)
    assert.ok(
      sockets.every((socket) => !socket.destroyed),
      'who reads, however slowly, is not cut off',
    )
    const ready = await fetch(`http://127.0.0.1:${child.port}/readyz`)
    assert.equal(ready.status, 200)
    await ready.text()
  } finally {
    clearInterval(reading)
    for (const socket of sockets) socket.destroy()
    const code = await child.stop()
    await backend.close()
    assert.equal(code, 0)
  }
})
