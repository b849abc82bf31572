// Takes each request to where it is answered: an endpoint that asks a model, a page that does not, or 404.

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer } from './answer.ts'
import { findHeader, readBody, toHeaderRecord } from './body.ts'
import { toErrorBody } from './dialects/errors.ts'
import { createEndpoints } from './dialects/registry.ts'
import { Exchange } from './exchange.ts'
import { chooseFaults, describeFaults, FAULT_HEADER, UnknownFaultError } from './fault-set.ts'
import { armAfterwards } from './faults-after.ts'
import { answerInstead, type Reply, replyError, replyNotFound } from './faults-instead.ts'
import { type ApiFamily, type Endpoint, RequestProblem } from './job.ts'
import { isObject } from './json.ts'
import { findModel } from './pages/catalogue.ts'
import { type PageAnswer, toJsonAnswer } from './pages/page.ts'
import { findPage } from './pages/registry.ts'
import type { SimulatorProfile } from './profile.ts'
import type { Site } from './site.ts'
import { SERVER_NAME, Wire } from './wire.ts'

export interface RequestHandler {
  (req: IncomingMessage, res: ServerResponse): void
}

/** Where `redirect` points. Being asked for it is a fact for the ledger: somebody followed. */
const REDIRECTED_PATH = '/sim/redirected'

export function createRequestHandler(site: Site, inFlight: Set<Exchange>): RequestHandler {
  const endpoints = createEndpoints(() => site.profile.embeddingDimensions)
  return (req, res) => {
    const url = req.url ?? '/'
    const question = url.indexOf('?')
    const path = question < 0 ? url : url.slice(0, question)
    const { refuse, maxBodyBytes } = site.profile
    // The listener is closed: say so to those who are still connected.
    if (refuse) res.shouldKeepAlive = false
    const endpoint = req.method === 'POST' ? endpoints.get(path) : undefined
    const isModelRequest = endpoint !== undefined && serves(site, endpoint)
    if (!isModelRequest && path !== REDIRECTED_PATH) {
      readBody(req, maxBodyBytes, (body) => showPage(site, { req, res, path, body }))
      return
    }
    const id = findHeader(req, 'x-request-id') ?? site.nextId()
    const entry = site.ledger.open(id, req.method ?? '', path)
    const x = new Exchange(req, res, { ledger: site.ledger, entry })
    inFlight.add(x)
    res.once('close', () => {
      inFlight.delete(x)
      // The listener was closed meanwhile: a connection that said keep-alive must not live on.
      if (site.profile.refuse) x.socket.destroySoon()
    })
    const api = endpoint?.api ?? 'openai'
    const reply: Reply = { x, wire: new Wire(x), api, profile: site.profile, site }
    readBody(req, maxBodyBytes, (body) => void takeModelRequest(reply, endpoint, body))
  }
}

function serves(site: Site, endpoint: { kinds: readonly string[] }): boolean {
  return !site.profile.onlyOwnPaths || endpoint.kinds.includes(site.profile.kind)
}

async function takeModelRequest(
  reply: Reply,
  endpoint: Endpoint | undefined,
  body: Buffer | undefined,
): Promise<void> {
  const { x, wire } = reply
  try {
    if (endpoint === undefined)
      await wire.respond({ status: 200, contentType: 'text/plain', body: 'redirected\n' })
    else await handle(reply, endpoint, body)
  } catch (error) {
    if (x.gone) return
    if (error instanceof RequestProblem) await replyError(reply, error)
    else if (error instanceof UnknownFaultError)
      await replyError(reply, { status: 400, message: error.message })
    else {
      // A defect of the simulator: say so to whoever runs the test, and end the connection rather than hang.
      await replyError(reply, { status: 500, message: `simulator defect: ${String(error)}` }).catch(() =>
        x.stop(),
      )
    }
  }
}

async function handle(reply: Reply, endpoint: Endpoint, body: Buffer | undefined): Promise<void> {
  const { x, site, profile } = reply
  if (body === undefined) throw new RequestProblem(413, 'the request is too large')
  record(profile, x, body)
  checkKey(profile, x.req)
  const job = endpoint.parse(parseJson(body))
  const { model, stream } = job.ask
  x.entry.model = model
  x.entry.stream = stream
  const header = findHeader(x.req, FAULT_HEADER)
  x.faults = chooseFaults({ model, header, rules: profile.faults }, site.random)
  x.entry.fault = describeFaults(x.faults)
  armAfterwards(x)
  const instead = answerInstead(reply)
  if (instead !== undefined) await instead
  else if (findModel(site, model) === undefined) await replyNotFound(reply, model)
  else await answer(job, reply)
}

function record(profile: SimulatorProfile, x: Exchange, body: Buffer): void {
  x.entry.requestBytes = body.length
  if (!profile.recordRequests) return
  x.entry.bodySha256 = createHash('sha256').update(body).digest('hex')
  x.entry.headers = toHeaderRecord(x.req)
}

function checkKey({ apiKey }: SimulatorProfile, req: IncomingMessage): void {
  if (apiKey === '') return
  const given = findHeader(req, 'authorization')?.replace(/^bearer\s+/i, '') ?? findHeader(req, 'x-api-key')
  if (given !== apiKey) throw new RequestProblem(401, 'Incorrect API key provided')
}

function parseJson(body: Buffer): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new RequestProblem(
      400,
      `the body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
  }
  if (!isObject(parsed)) throw new RequestProblem(400, 'the body must be a JSON object')
  return parsed
}

function toFamily(path: string): ApiFamily {
  if (path.startsWith('/api/')) return 'ollama'
  return path.startsWith('/v1/messages') ? 'anthropic' : 'openai'
}

interface PageVisit {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly path: string
  readonly body: Buffer | undefined
}

function showPage(site: Site, visit: PageVisit): void {
  const page = toPageAnswer(site, visit)
  const length = String(Buffer.byteLength(page.body))
  const head = ['content-type', page.contentType, 'content-length', length, 'server', SERVER_NAME]
  visit.res.writeHead(page.status, head)
  visit.res.end(page.body)
}

function toPageAnswer(site: Site, visit: PageVisit): PageAnswer {
  const trouble = (status: number, message: string): PageAnswer => {
    const body = toErrorBody(toFamily(visit.path), site.profile.kind, { status, message })
    return { ...toJsonAnswer({}, status), body }
  }
  try {
    return renderPage(site, visit) ?? trouble(404, `no such path: ${visit.req.method} ${visit.path}`)
  } catch (error) {
    if (error instanceof RequestProblem) return trouble(error.status, error.message)
    return trouble(400, error instanceof Error ? error.message : 'unreadable request')
  }
}

function renderPage(site: Site, { req, path, body }: PageVisit): PageAnswer | undefined {
  const found = findPage(req.method ?? '', path)
  if (found?.page.path.startsWith('/sim/') !== true)
    site.ledger.visit(req.method ?? '', found?.page.path ?? 'other')
  if (found === undefined || !serves(site, found.page)) return undefined
  if (!path.startsWith('/sim/')) checkKey(site.profile, req)
  const takesBody = found.page.method === 'POST' && body !== undefined && body.length > 0
  return found.page.render(site, {
    rest: decodeURIComponent(found.rest),
    query: new URL(req.url ?? '/', 'http://localhost').searchParams,
    body: takesBody ? parseJson(body) : {},
    fromAnthropic: findHeader(req, 'anthropic-version') !== undefined,
  })
}
