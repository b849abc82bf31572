// Asks a Prometheus (or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics) one question at a time, bounded in time
// and size. Never rejects: what cannot be answered is a reason in words, without address parts that are secret.
import { request } from 'undici'
import type { Clock } from '../../core/clock.ts'
import type { Secret } from '../../core/secret.ts'
import { readVector, type VectorAnswer } from './answer.ts'

/** The answers asked for hold a few hundred series; what is larger is not one of them. */
const MAX_ANSWER_BYTES = 16_777_216

export type Credential =
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly user: string; readonly password: Secret }

export interface PrometheusOptions {
  /** May have a path (`https://metrics.example.com/prometheus`), and user and password for basic authentication. */
  readonly url: string
  /** Goes before what stands in the address. */
  readonly credential?: Credential | undefined
  /** Further headers, such as the tenant of a Mimir (`x-scope-orgid`). */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs: number
  readonly clock: Clock
}

/** A page as it came, or why it did not. */
export type Page =
  | { readonly ok: true; readonly status: number; readonly text: string }
  | { readonly ok: false; readonly reason: string }

export interface PrometheusClient {
  /** An instant query; at the server's own time unless one is given, in seconds since the epoch. */
  query(promql: string, atSeconds?: number): Promise<VectorAnswer>
  /** Any page below `/api/v1/`. */
  page(path: string): Promise<Page>
  /** The address without what is secret in it. */
  readonly shownUrl: string
}

export function createPrometheusClient(options: PrometheusOptions): PrometheusClient {
  const base = new URL(options.url)
  const headers = { accept: 'application/json', ...options.headers, ...toAuthorization(options, base) }
  base.username = ''
  base.password = ''
  base.search = ''
  base.hash = ''
  const root = base.href.replace(/\/+$/, '')
  const page = async (path: string): Promise<Page> => {
    try {
      return { ok: true, ...(await fetchText(`${root}/api/v1/${path}`, headers, options)) }
    } catch (thrown) {
      return { ok: false, reason: `${root} ${describe(thrown, options.timeoutMs)}` }
    }
  }
  return {
    shownUrl: root,
    page,
    async query(promql, atSeconds) {
      const parameters = new URLSearchParams({ query: promql })
      if (atSeconds !== undefined) parameters.set('time', String(atSeconds))
      const answer = await page(`query?${parameters.toString()}`)
      return answer.ok ? readVector(answer, root) : answer
    },
  }
}

function toAuthorization({ credential }: PrometheusOptions, base: URL): Readonly<Record<string, string>> {
  if (credential?.kind === 'bearer') return { authorization: `Bearer ${credential.token.reveal()}` }
  const user = credential?.user ?? decodePart(base.username)
  const password = credential?.password.reveal() ?? decodePart(base.password)
  if (user === '' && password === '') return {}
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** A percent sign that begins nothing stands for itself. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function fetchText(
  url: string,
  headers: Readonly<Record<string, string>>,
  { timeoutMs, clock }: PrometheusOptions,
): Promise<{ status: number; text: string }> {
  const deadline = new AbortController()
  const cancel = clock.after(timeoutMs, () => deadline.abort(new TooLate()))
  try {
    const { statusCode, body } = await request(url, {
      headers,
      signal: deadline.signal,
      // Whoever asks once, as a command does, would wait for an idle connection before it ends.
      reset: true,
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) throw new TooLarge()
      chunks.push(chunk)
    }
    return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') }
  } finally {
    cancel()
  }
}

class TooLate extends Error {}
class TooLarge extends Error {}

function describe(thrown: unknown, timeoutMs: number): string {
  if (thrown instanceof TooLate) return `did not answer within ${timeoutMs} ms`
  if (thrown instanceof TooLarge) return `answered with more than ${MAX_ANSWER_BYTES} bytes`
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  return `could not be reached: ${typeof code === 'string' ? code : String(message)}`
}
