// Faults that replace the answer: silence, resets, error statuses, a redirect, an error that says 200.

import type { Exchange } from './exchange.ts'
import { toErrorBody, toErrorStatus, toNotFoundMessage } from './dialects/errors.ts'
import type { FaultName } from './faults.ts'
import type { ApiFamily } from './job.ts'
import type { SimulatorProfile } from './profile.ts'
import type { Site } from './site.ts'
import type { Wire } from './wire.ts'

export interface Reply {
  readonly x: Exchange
  readonly wire: Wire
  readonly api: ApiFamily
  /** As it was when the request came. */
  readonly profile: SimulatorProfile
  readonly site: Site
}

const JSON_TYPE = 'application/json; charset=utf-8'

// Word for word, with its two blanks: clients look for it.
export const BUSY_MESSAGE = 'server busy, please try again.  maximum pending requests exceeded'
export const LOADING_BODY = '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}'
const BROKEN_PROXY_PAGE =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n'

/** An error answer in the dialect of whoever asked. */
export function replyError(
  reply: Reply,
  trouble: { status: number; message: string; param?: string | undefined; headers?: readonly string[] },
): Promise<void> {
  const { x, wire, api, profile } = reply
  if (x.outcome === 'complete') x.outcome = 'error'
  const status = toErrorStatus(api, trouble.status)
  const body = toErrorBody(api, profile.kind, trouble)
  return wire.respond({ status, contentType: JSON_TYPE, body, headers: trouble.headers ?? [] })
}

export function replyBusy(reply: Reply): Promise<void> {
  reply.x.outcome = 'refused'
  return replyError(reply, { status: 503, message: BUSY_MESSAGE })
}

export function replyNotFound(reply: Reply, model: string): Promise<void> {
  return replyError(reply, {
    status: 404,
    message: toNotFoundMessage(reply.profile.kind, model),
    param: 'model',
  })
}

type Instead = (reply: Reply, arg: number) => Promise<void>

function replyRaw(
  reply: Reply,
  answer: { status: number; contentType: string; body: string; headers?: string[] },
): Promise<void> {
  reply.x.outcome = 'error'
  return reply.wire.respond(answer)
}

function replyLoading(reply: Reply): Promise<void> {
  return replyRaw(reply, { status: 503, contentType: JSON_TYPE, body: LOADING_BODY })
}

const instead: Readonly<Partial<Record<FaultName, Instead>>> = {
  refuse: ({ x }) => x.reset(),
  reset: ({ x }) => x.reset(),
  hang: ({ x }) => x.waitForLeave(),
  'reset-after-headers': ({ x, wire }) => {
    wire.openStream('text/event-stream; charset=utf-8')
    x.res.flushHeaders()
    return x.reset()
  },
  '404': (reply) => replyNotFound(reply, reply.x.entry.model),
  '429': (reply, seconds) => {
    const headers = ['retry-after', String(seconds)]
    return replyError(reply, { status: 429, message: 'Rate limit reached. Please try again later.', headers })
  },
  '500': (reply) => replyError(reply, { status: 500, message: 'the model runner has stopped unexpectedly' }),
  '502': (reply) => replyRaw(reply, { status: 502, contentType: 'text/html', body: BROKEN_PROXY_PAGE }),
  '503-loading': (reply) => replyLoading(reply),
  '503-busy': (reply) => replyBusy(reply),
  redirect: (reply) => {
    const headers = ['location', '/sim/redirected']
    return replyRaw(reply, { status: 302, contentType: 'text/plain', body: 'moved\n', headers })
  },
}

/** The first fault of the request that replaces its answer; `error-200` is left to the answer, which knows its voice. */
export function answerInstead(reply: Reply): Promise<void> | undefined {
  if (reply.profile.loading) return replyLoading(reply)
  for (const [name, arg] of reply.x.faults) {
    const act = instead[name]
    if (act !== undefined) return act(reply, arg)
  }
  return undefined
}
