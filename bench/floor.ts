// The floor: the barest pass-through proxy that Node's own HTTP server and undici's dispatcher allow, the two parts Weir is built on.
// It reads the body for `model` and `stream`, hands bytes and raw headers across, stops reading when the other side does, and nothing else.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'

const GONE = new Error('the caller left')

class Crossing implements Dispatcher.DispatchHandler {
  readonly response: http.ServerResponse
  controller: Dispatcher.DispatchController | undefined

  constructor(response: http.ServerResponse) {
    this.response = response
    response.on('close', () => {
      if (!response.writableFinished) this.controller?.abort(GONE)
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.response.destroyed) controller.abort(GONE)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = controller.rawHeaders as Buffer[]
    const headers: string[] = []
    for (const part of raw) headers.push(part.toString('latin1'))
    this.response.writeHead(status, headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.response.write(chunk)) return
    controller.pause()
    this.response.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.response.end()
  }

  onResponseError(): void {
    if (this.response.headersSent) this.response.destroy()
    else this.response.writeHead(502).end()
  }
}

function parseRequest(body: Buffer): { model: unknown; stream: unknown } | undefined {
  try {
    const { model, stream } = JSON.parse(body.toString()) as Record<string, unknown>
    return { model, stream }
  } catch {
    return undefined
  }
}

function forward(pool: Pool, request: http.IncomingMessage, response: http.ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
    const parsed = parseRequest(body)
    if (typeof parsed?.model !== 'string') {
      response.writeHead(400).end()
      return
    }
    pool.dispatch(
      { method: 'POST', path: request.url ?? '/', headers: request.rawHeaders, body },
      new Crossing(response),
    )
  })
}

function main(): void {
  const { values } = parseArgs({
    options: { upstream: { type: 'string' }, port: { type: 'string', default: '0' } },
  })
  if (values.upstream === undefined) throw new Error('usage: floor.ts --upstream http://HOST:PORT [--port N]')
  // No clocks: whoever has some pays for them.
  const pool = new Pool(values.upstream, { headersTimeout: 0, bodyTimeout: 0 })
  const server = http.createServer((request, response) => forward(pool, request, response))
  server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 2_048 }, () => {
    const address = server.address() as AddressInfo
    process.stdout.write(`floor started on 127.0.0.1:${address.port}\n`)
  })
}

main()
