// A chat service for tests: takes posts on a port of its own, keeps what it took, and answers as its kind does, or as it is told to
// for once. Each kind judges strictly: what the real one would refuse is refused here.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Posted {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** `hang`: says nothing; `break`: closes the connection in the middle of the answer; `echo`: an error that quotes all it was told. */
export type Misbehaviour = Reply | 'hang' | 'break' | 'echo'

export interface ServiceKind {
  readonly path: string
  /** Undefined: taken. */
  refuse(posted: Posted): Reply | undefined
  readonly fine: Reply
}

export interface FakeService {
  readonly origin: string
  /** Everything that arrived, refused or not. */
  readonly posted: Posted[]
  /** What it took. */
  readonly taken: Posted[]
  /** Answers with which it refused by its own rules. */
  readonly refused: Reply[]
  /** Plays this for the next one. */
  misbehave(how: Misbehaviour): void
  close(): Promise<void>
}

export async function startFakeService(kind: ServiceKind): Promise<FakeService> {
  const posted: Posted[] = []
  const taken: Posted[] = []
  const refused: Reply[] = []
  const turns: Misbehaviour[] = []
  const server = createServer((request, response) => {
    read(request).then(
      (each) => {
        posted.push(each)
        const turn = turns.shift()
        if (turn !== undefined) play(turn, each, response)
        else reply(response, judge(each))
      },
      () => response.destroy(),
    )
  })
  const judge = (each: Posted): Reply => {
    const refusal = each.path === kind.path ? kind.refuse(each) : { status: 404, body: 'no such page' }
    if (refusal === undefined) taken.push(each)
    else refused.push(refusal)
    return refusal ?? kind.fine
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    taken,
    refused,
    misbehave: (how) => void turns.push(how),
    close: () => close(server),
  }
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

async function read(request: IncomingMessage): Promise<Posted> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  return {
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

function play(how: Misbehaviour, posted: Posted, response: ServerResponse): void {
  if (how === 'hang') return
  if (how === 'break') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{"err')
    setImmediate(() => response.destroy())
    return
  }
  if (how === 'echo') {
    const { path, query, headers, body } = posted
    const told = `${path}?${query.toString()} ${decodeURIComponent(query.toString())} ${JSON.stringify(headers)} ${body}`
    // A number no table knows, and the words where each service has them.
    const words = { errcode: 77_777, errmsg: told, code: 77_777, msg: told }
    reply(response, { status: 400, body: JSON.stringify(words) })
    return
  }
  reply(response, how)
}

function reply(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

/** Counts as services do: so many in any stretch of time. */
export function createLimiter(limit: number, periodMs: number, nowMs: () => number): () => boolean {
  let atMs: number[] = []
  return () => {
    const now = nowMs()
    atMs = atMs.filter((each) => now - each < periodMs)
    atMs.push(now)
    return atMs.length > limit
  }
}

/** A JSON map, or nothing. */
export function parseMap(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at: unknown = value
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined
  return typeof at === 'string' ? at : undefined
}
