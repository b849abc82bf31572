// One POST and its answer, bounded in time and size. Whatever goes wrong comes back as words for people in which no URL stands.
import { request, type Agent } from 'undici'
import type { Clock } from '../../../core/clock.ts'
import { printDuration } from '../../../core/units.ts'
import { ForbiddenAddress } from './agent.ts'
import { inTime, type Patience } from './in-time.ts'

export interface Post {
  /** With its token: never to be printed. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpAnswer {
  readonly kind: 'answer'
  readonly status: number
  /** As the service asked for it, bounded. */
  readonly retryAfterMs: number | undefined
  readonly text: string
}

/** `final`: another try would end the same way. */
export interface NoAnswer {
  readonly kind: 'none'
  readonly final: boolean
  readonly reason: string
}

export interface Posting extends Patience {
  readonly agent: Agent
}

/** Services answer in a line or two; what is longer is a page of somebody in between. */
const MAX_ANSWER_BYTES = 65_536
const MS_PER_SECOND = 1_000
/** A service that asks for more has lost its clock; who delivers asks again by its own. */
const MOST_RETRY_AFTER_MS = 3_600_000

export async function post(what: Post, posting: Posting): Promise<HttpAnswer | NoAnswer> {
  try {
    const answer = await inTime(posting, (signal) => send(what, posting, signal))
    if (answer === 'cut-off') return CUT_OFF
    if (answer !== 'late') return answer
    const reason = `gave no answer within ${printDuration(posting.timeoutMs)}`
    return { kind: 'none', final: false, reason }
  } catch (thrown) {
    return toNoAnswer(thrown)
  }
}

const CUT_OFF: NoAnswer = { kind: 'none', final: false, reason: 'was not waited for any longer' }

async function send(
  { url, headers, body }: Post,
  { agent, clock }: Posting,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const answer = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'accept-encoding': 'identity', 'user-agent': 'weir', ...headers },
    body,
    signal,
    reset: true,
  })
  const text = await readText(answer.body)
  const retryAfterMs = readRetryAfter(answer.headers, clock)
  return { kind: 'answer', status: answer.statusCode, retryAfterMs, text }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8')
}

/** RFC 9110 10.2.3: seconds or a date. Feishu says it in a header of its own. */
function readRetryAfter(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  clock: Clock,
): number | undefined {
  const value = headers['retry-after'] ?? headers['x-ogw-ratelimit-reset']
  if (typeof value !== 'string') return undefined
  if (!/^(\d{1,9}|[A-Z][a-z]+, .+ GMT)$/.test(value)) return undefined
  const ms = value.endsWith('GMT') ? Date.parse(value) - clock.wall() : Number(value) * MS_PER_SECOND
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MOST_RETRY_AFTER_MS) : undefined
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ALTNAME/
/** What systems and libraries call errors. Their sentences are not for others: some quote the URL. */
const CODE = /^[A-Z][A-Z0-9_]{2,60}$/

export function toNoAnswer(thrown: unknown): NoAnswer {
  if (thrown instanceof ForbiddenAddress)
    return { kind: 'none', final: true, reason: `must not be called: its address is ${thrown.message}` }
  const code = codeOf(thrown)
  if (code !== undefined && CERTIFICATE.test(code))
    return { kind: 'none', final: false, reason: `has a certificate that is not accepted (${code})` }
  return { kind: 'none', final: false, reason: `could not be reached (${code ?? 'no reason given'})` }
}

function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  if ('code' in thrown && typeof thrown.code === 'string' && CODE.test(thrown.code)) return thrown.code
  // Several addresses were tried and each failed in its own way.
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0])
  return thrown instanceof Error ? codeOf(thrown.cause) : undefined
}
