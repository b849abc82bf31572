// The body of a request is let go once nobody else can be asked: an answer may take minutes, and there are many of them.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startGateway, until } from '../support/weir.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MIB = 1_048_576
const BODY_MIB = 16
/** What is left in buffers of sockets, ours and the test's. */
const MOST_LEFT_MIB = 4
const TOKEN = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'

async function heldMiB(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    collectGarbage()
  }
  return process.memoryUsage().arrayBuffers / MIB
}

test('a stream in progress holds nothing of the request that it answers', async () => {
  const backend = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(TOKEN)
    })
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`
  const gateway = await startGateway({ backends: [{ name: 'b', url, models: ['any'] }] })
  const caller = connect(gateway.port, '127.0.0.1')
  try {
    const before = await heldMiB()
    let received = ''
    caller.on('data', (bytes) => (received += bytes.toString('latin1')))
    const [head, tail] = ['{"model":"any","stream":true,"messages":[{"role":"user","content":"', '"}]}']
    const length = head.length + BODY_MIB * MIB + tail.length
    caller.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-length: ${length}\r\n\r\n${head}`,
    )
    const piece = Buffer.alloc(MIB, 'a')
    for (let sent = 0; sent < BODY_MIB; sent += 1) caller.write(piece)
    caller.write(tail)
    await until(() => received.includes(TOKEN), 'the answer to begin', 10_000)
    const grownMiB = (await heldMiB()) - before
    assert.ok(grownMiB < MOST_LEFT_MIB, `${grownMiB.toFixed(1)} MiB of a body of ${BODY_MIB} MiB are held`)
  } finally {
    caller.destroy()
    await gateway.stop()
    backend.closeAllConnections()
    await new Promise((resolve) => backend.close(resolve))
  }
})
