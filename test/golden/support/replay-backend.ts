// A backend that says what it is told to say, byte for byte and cut where a test likes, and keeps what it was asked.
// Every piece is an HTTP chunk of its own, so it reaches its reader as a piece whatever the network joins.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One answer as a model server would send it. */
export interface Answer {
  readonly status?: number
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** What a server adds before its `[DONE]` when, and only when, `stream_options.include_usage` was asked for. */
  readonly usageEvent?: string
  /** How it ends: properly, torn off, or not at all. */
  readonly ending?: 'end' | 'reset' | 'never'
}

export interface Seen {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Cuts a body into the pieces in which it is sent. */
export type Cut = (body: Buffer, type: string) => readonly Buffer[]

export interface ReplayBackend {
  readonly url: string
  /** Every request since `play`, but for questions about its models. */
  readonly seen: readonly Seen[]
  /** What the next requests get, one after the other. */
  play(answers: readonly Answer[], cut: Cut): void
  close(): Promise<void>
}

const NO_MODELS = '{"object":"list","data":[],"models":[],"version":"0.12.6"}'

export async function startReplayBackend(): Promise<ReplayBackend> {
  let seen: Seen[] = []
  let script: Answer[] = []
  let cut: Cut = (body) => [body]
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(NO_MODELS)
        return
      }
      const body = Buffer.concat(chunks)
      seen.push(toSeen(request, body))
      const answer = script.shift() ?? NOTHING_LEFT
      say(response, answer, cut(toBody(answer, body), answer.type))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return seen
    },
    play(answers, pieces) {
      seen = []
      script = [...answers]
      cut = pieces
    },
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

const NOTHING_LEFT: Answer = { status: 500, type: 'text/plain', body: 'nothing left to say' }

function toSeen(request: IncomingMessage, body: Buffer): Seen {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
  return { method: request.method ?? '', target: request.url ?? '', headers, body }
}

const DONE = 'data: [DONE]'

function toBody({ body, usageEvent }: Answer, asked: Buffer): Buffer {
  if (usageEvent === undefined || typeof body !== 'string') return Buffer.from(body)
  const wantsUsage = /"include_usage":\s*true/.test(asked.toString('latin1'))
  return Buffer.from(wantsUsage ? body.replace(DONE, `${usageEvent}${DONE}`) : body)
}

function say(response: ServerResponse, answer: Answer, pieces: readonly Buffer[]): void {
  response.writeHead(answer.status ?? 200, { 'content-type': answer.type, ...answer.headers })
  response.flushHeaders()
  for (const piece of pieces) response.write(piece)
  if (answer.ending === 'never') return
  if (answer.ending === 'reset') setImmediate(() => response.socket?.resetAndDestroy())
  else response.end()
}
