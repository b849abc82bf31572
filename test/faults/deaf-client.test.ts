// A client that stops reading when everything was written already: nobody waits for it for ever.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startGateway, until } from '../support/weir.ts'
import { callers } from './callers.ts'
import { startRawBackend, toAnswer } from './raw-backend.ts'
import { toRequest } from './wire.ts'

/** Just below what is held in one piece. */
const ANSWER_BYTES = 1_000_000
/** More answers than the buffers of both kernels take, asked for at once on one connection. */
const ANSWERS = 24
const WRITE_TIMEOUT_MS = 500

test('answers that are complete but never read are cut off in time, and their requests sealed', async () => {
  const body = `{"choices":[],"filler":"${'a'.repeat(ANSWER_BYTES)}"}`
  const backend = await startRawBackend((socket) => socket.write(toAnswer(body)))
  const gateway = await startGateway({
    server: { writeTimeout: `${WRITE_TIMEOUT_MS}ms` },
    backends: [{ name: 'raw', url: backend.url, models: ['sim-chat'] }],
  })
  const caller = callers.find(({ name }) => name === 'openai chat whole')!
  const socket = connect({ port: gateway.port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  try {
    socket.pause()
    const request = toRequest({ path: caller.path, body: caller.toBody('hi') })
    socket.write(Buffer.concat(Array.from({ length: ANSWERS }, () => request)))
    await until(() => gateway.weir.gateway.opened > 0 && gateway.records.length > 0, 'the first is taken')
    await until(() => gateway.weir.gateway.connections === 0, 'the connection is cut', WRITE_TIMEOUT_MS * 6)
    const { opened, sealed } = gateway.weir.gateway
    assert.equal(opened, sealed)
    assert.ok(
      gateway.records.some(({ outcome, code }) => outcome === 'abandoned' && code === 'client_closed'),
    )
  } finally {
    socket.destroy()
    await gateway.stop()
    await backend.close()
  }
})
