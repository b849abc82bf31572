// Requests that are over and not yet sealed, made without serving any: each kind as the stages leave it behind.
// Every one is new, with its own id and times: one object sealed again and again would never leave the processor's nearest cache.
import { Socket } from 'node:net'
import { createPrincipal } from '../../src/access/principal.ts'
import { WeirError } from '../../src/core/errors.ts'
import { systemIds } from '../../src/core/ids.ts'
import { AnswerFacts } from '../../src/gateway/dialects/answer-facts.ts'
import { RequestParser } from '../../src/gateway/dialects/parse-request.ts'
import { Exchange } from '../../src/gateway/exchange.ts'
import { CallerRequest } from '../../src/gateway/http/caller/caller-request.ts'
import { CallerResponse } from '../../src/gateway/http/caller/caller-response.ts'
import { parseRequestHead } from '../../src/gateway/http/caller/parse-head.ts'
import { apiForPath, findRoute } from '../../src/gateway/http/routes.ts'
import type { Runtime } from '../../src/gateway/runtime.ts'
import { StreamMeter } from '../../src/gateway/streaming/meter.ts'
import type { UpstreamAttempt } from '../../src/gateway/upstream/attempt.ts'
import { ANSWER_BODY, MODEL, TOKEN_EVENT, toRequestBody } from '../messages.ts'
import { createRandom } from '../statistics.ts'
import { WHOLE_CHAT } from './jobs.ts'
import type { SampleName } from './jobs.ts'

export interface Finished {
  readonly exchange: Exchange
  /** On the monotonic clock. */
  readonly endedMs: number
}

/** A moment on both clocks. */
export interface Moment {
  /** Monotonic. */
  readonly ms: number
  readonly wallMs: number
}

export const BACKEND = { name: 'stub', kind: 'openai' } as const
export const STREAM_TOKENS = 100

const METHOD = 'POST'
const CHAT_PATH = '/v1/chat/completions'
const UNKNOWN_PATH = '/v1/chat/completion'
const HEADERS = 'host: 127.0.0.1\r\nuser-agent: weir-bench\r\ncontent-type: application/json\r\n'
/** The default of `server.maxDepth` is larger; the request has three levels. */
const MAX_DEPTH = 16
const WHOLE_REQUEST = Buffer.from(toRequestBody(false))
const STREAM_REQUEST = Buffer.from(toRequestBody(true))
const ANSWER = Buffer.from(ANSWER_BODY)

const TYPICAL_MS = {
  authenticate: 0.01,
  receive: 0.1,
  emptyStage: 0.001,
  connect: 0.02,
  answer: 1_500,
  firstToken: 300,
  token: 25,
  send: 0.1,
}

const random = createRandom(1)
const parser = new RequestParser(MAX_DEPTH)
const principal = createPrincipal({ name: 'bench', hash: '' })
const connection = {
  socket: new Socket(),
  readOn: () => undefined,
  headEnd: () => '',
  onEnded: () => undefined,
}
// Sealing reads nothing of it.
const runtime = { settings: { traces: 0 } } as unknown as Runtime

/** Half to one and a half times as long, with all the decimals of a real clock. */
function about(ms: number): number {
  return ms * (0.5 + random())
}

/** Records come in the order in which requests end, so it is the end that is given; the start lies `agoMs` before. */
function open(path: string, end: Moment, agoMs: number): Exchange {
  const head = parseRequestHead(`${METHOD} ${path} HTTP/1.1\r\n${HEADERS}`)
  const request = new CallerRequest(head, connection)
  return new Exchange({
    id: systemIds.requestId(),
    request,
    response: new CallerResponse(request, connection, true),
    runtime,
    api: apiForPath(path),
    startedMs: end.ms - agoMs,
    startedAtMs: end.wallMs - agoMs,
  })
}

/** The stages up to the first attempt; returns when that begins. */
function receive(exchange: Exchange, body: Buffer): number {
  const { phaseMs } = exchange
  exchange.route = findRoute(METHOD, CHAT_PATH)
  exchange.api = exchange.route.api
  exchange.principal = principal
  exchange.bodyBytes = body.length
  exchange.facts = parser.parse(body, exchange.api)
  phaseMs.authenticate = about(TYPICAL_MS.authenticate)
  phaseMs.receive = about(TYPICAL_MS.receive)
  phaseMs.limit = about(TYPICAL_MS.emptyStage)
  phaseMs.guard = about(TYPICAL_MS.emptyStage)
  return exchange.startedMs + phaseMs.authenticate + phaseMs.receive + phaseMs.limit + phaseMs.guard
}

interface AnswerTimes {
  readonly askedMs: number
  readonly firstByteMs: number
  readonly endedMs: number
  readonly firstTokenMs?: number
}

/** The attempt that gave the answer, and the answer's end. */
function answer(exchange: Exchange, { askedMs, firstByteMs, endedMs, firstTokenMs }: AnswerTimes): Finished {
  const { startedMs: zeroMs } = exchange
  const connectedMs = askedMs + about(TYPICAL_MS.connect)
  exchange.modelRouted = MODEL
  exchange.backend = BACKEND.name
  exchange.provider = BACKEND.kind
  exchange.answerFacts = new AnswerFacts(exchange.api)
  exchange.answerFacts.read(ANSWER, 0, ANSWER.length)
  // A real one needs a connection; these are the times that sealing reads of it.
  exchange.answer = { startedMs: askedMs, connectedMs, endedMs, backend: BACKEND } as UpstreamAttempt
  exchange.attempts.push({
    backend: BACKEND.name,
    provider: BACKEND.kind,
    startedMs: askedMs - zeroMs,
    connectedMs: connectedMs - zeroMs,
    firstByteMs: firstByteMs - zeroMs,
    firstTokenMs: firstTokenMs === undefined ? undefined : firstTokenMs - zeroMs,
    endedMs: endedMs - zeroMs,
    result: 'success',
    code: undefined,
    status: 200,
  })
  exchange.response.writeHead(200, ['content-type', 'application/json', 'x-request-id', exchange.id])
  return { exchange, endedMs: endedMs + about(TYPICAL_MS.send) }
}

function finishWholeChat(end: Moment): Finished {
  const waitMs = about(TYPICAL_MS.answer)
  const exchange = open(CHAT_PATH, end, waitMs)
  const askedMs = receive(exchange, WHOLE_REQUEST)
  const firstByteMs = askedMs + waitMs
  exchange.responseBytes = ANSWER.length
  return answer(exchange, { askedMs, firstByteMs, endedMs: firstByteMs + about(TYPICAL_MS.send) })
}

function finishStreamedChat(end: Moment): Finished {
  const waitMs = about(TYPICAL_MS.firstToken)
  const gapsMs = Array.from({ length: STREAM_TOKENS - 1 }, () => about(TYPICAL_MS.token))
  const exchange = open(
    CHAT_PATH,
    end,
    gapsMs.reduce((sum, gapMs) => sum + gapMs, waitMs),
  )
  const askedMs = receive(exchange, STREAM_REQUEST)
  const firstTokenMs = askedMs + waitMs
  const meter = new StreamMeter()
  meter.onToken(firstTokenMs)
  let endedMs = firstTokenMs
  for (const gapMs of gapsMs) {
    endedMs += gapMs
    meter.onToken(endedMs)
  }
  exchange.meter = meter
  exchange.responseBytes = STREAM_TOKENS * TOKEN_EVENT.length
  const finished = answer(exchange, { askedMs, firstByteMs: firstTokenMs, firstTokenMs, endedMs })
  if (exchange.answerFacts !== undefined) exchange.answerFacts.outputTokens = STREAM_TOKENS
  return finished
}

/** Turned away before the first stage: the shortest record there is. */
function finishRefused(end: Moment): Finished {
  const exchange = open(UNKNOWN_PATH, end, about(TYPICAL_MS.send))
  exchange.error = new WeirError('invalid_request', { status: 404 })
  exchange.responseBytes = exchange.api.toErrorBody(exchange.error, exchange.id).length
  exchange.response.writeHead(404, ['content-type', 'application/json', 'x-request-id', exchange.id])
  return { exchange, endedMs: end.ms }
}

export const SAMPLES: Readonly<Record<SampleName, (end: Moment) => Finished>> = {
  [WHOLE_CHAT]: finishWholeChat,
  'streamed chat': finishStreamedChat,
  'refused, 404': finishRefused,
}
