// `POST /hooks/alertmanager/RECEIVER` beside the metrics: who may use the bridge, how much is read of what they send, and the answer.
// What becomes of a notification is the bridge's to say (src/alerting/bridge).
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLocal } from '../access/admit.ts'
import { parseCaller } from '../access/caller.ts'
import type { Bridge, BridgeReply } from '../alerting/bridge/bridge.ts'
import type { Secret } from '../core/secret.ts'

export interface AlertHooksInput {
  readonly bridge: Bridge
  /** As of now: a reload may change it. */
  readonly token: () => Secret | undefined
  /** Of the listener: a TCP socket that has just been closed has no address, and must not pass for a local one. */
  readonly listener: 'tcp' | 'unix'
  readonly onFailure: (cause: unknown) => void
}

export interface AlertHooks {
  /** Answers a notification; returns false for any other request. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}

const PREFIX = '/hooks/alertmanager/'
/** A thousand alerts with long annotations; Alertmanager sends a group in one piece. */
const MAX_BODY_BYTES = 4_194_304
const MS_PER_SECOND = 1_000

export function createAlertHooks(input: AlertHooksInput): AlertHooks {
  return {
    answer(request, response) {
      const [path = ''] = (request.url ?? '').split('?')
      if (!path.startsWith(PREFIX)) return false
      take(input, request, path.slice(PREFIX.length)).then(
        (reply) => send(request, response, reply),
        (thrown: unknown) => {
          // A caller that has left needs no answer; anything else is ours, and worth another try.
          if (request.destroyed && !request.complete) response.destroy()
          else {
            input.onFailure(thrown)
            send(request, response, refusal(500, 'Something went wrong; see the log.'))
          }
        },
      )
      return true
    },
  }
}

async function take(input: AlertHooksInput, request: IncomingMessage, step: string): Promise<BridgeReply> {
  const stranger = refuseStranger(input, request)
  if (stranger !== undefined) return stranger
  if (request.method !== 'POST') return refusal(405, 'Only POST is understood here.')
  const name = decode(step)
  const unknown = input.bridge.refuse(name)
  if (unknown !== undefined) return unknown
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    return refusal(415, 'Expected application/json.')
  const body = await readBody(request)
  return body === undefined
    ? refusal(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`)
    : input.bridge.take(name, body)
}

/** Before anything else is told: which receivers there are is nobody's business. */
function refuseStranger(
  { token: currentToken, listener }: AlertHooksInput,
  { socket, rawHeaders }: IncomingMessage,
): BridgeReply | undefined {
  const { credential, via } = parseCaller(rawHeaders)
  const token = currentToken()
  if (token !== undefined && credential.kind === 'one' && isSame(credential.key, token.reveal()))
    return undefined
  if (isLocal(socket.remoteAddress, listener) && via === undefined) return undefined
  return token === undefined
    ? refusal(403, 'Only callers on this machine are served; set alerts.bridge.token to let others in.')
    : refusal(401, 'Send the token of alerts.bridge as `Authorization: Bearer TOKEN`.')
}

/** In a time that tells nothing of either, not even how long they are. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

function refusal(status: number, message: string): BridgeReply {
  return { status, message, retryAfterMs: undefined }
}

function send(request: IncomingMessage, response: ServerResponse, reply: BridgeReply): void {
  const { status, message, retryAfterMs } = reply
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / MS_PER_SECOND)) }),
    // What was not read to its end cannot be followed by another request.
    ...(request.complete ? {} : { connection: 'close' }),
  })
  response.end(`${message}\n`)
}
