// Asks pages over HTTP, as an operator would with curl: bounded in time and size, no redirects, each page once in a diagnosis.
// Never rejects: what is not answered is a failure in words.
import { Agent, request, type Dispatcher } from 'undici'
import type { Clock } from '../../core/clock.ts'
import { Large, Late, toFailure, type Failure } from './failure.ts'

export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly ms: number
}

export type Told = { readonly page: Page } | { readonly failure: Failure }

export interface Question {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly timeoutMs?: number | undefined
  /** A listener that is a file. */
  readonly socketPath?: string | undefined
  /** Asked again, whatever was answered before. */
  readonly fresh?: boolean
  /** Makes it a POST. */
  readonly body?: unknown
}

/** How far a server's clock is from ours, by the second its answers are dated with. */
export interface Skew {
  readonly host: string
  readonly ms: number
}

export interface Asker {
  ask(question: Question): Promise<Told>
  skews(): readonly Skew[]
  /** For streams, which are read as they come. */
  agentFor(socketPath?: string): Dispatcher
  close(): Promise<void>
}

/** A page of a server on the same network is there in milliseconds. */
const PAGE_MS = 3_000
const CONNECT_MS = 2_000
/** A listing or a page of metrics is far below this. */
const MAX_BYTES = 16_777_216
/** A date has whole seconds: on average it is half of one behind. */
const HALF_SECOND_MS = 500

export function createAsker(clock: Clock): Asker {
  const agents = new Map<string, Agent>()
  const asked = new Map<string, Promise<Told>>()
  const skews = new Map<string, Skew>()
  const agentFor = (socketPath = ''): Agent => {
    const known = agents.get(socketPath)
    if (known !== undefined) return known
    const made = new Agent({
      connect: { timeout: CONNECT_MS, ...(socketPath === '' ? {} : { socketPath }) },
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    agents.set(socketPath, made)
    return made
  }
  const noteDate = (url: string, page: Page): void => {
    const at = Date.parse(page.headers['date'] ?? '')
    if (Number.isNaN(at)) return
    const { host } = new URL(url)
    // Half of what the question took lies behind the moment the date was written.
    skews.set(host, { host, ms: at + HALF_SECOND_MS - (clock.wall() - page.ms / 2) })
  }
  const put = async (question: Question): Promise<Told> => {
    try {
      const page = await fetchPage(question, { clock, dispatcher: agentFor(question.socketPath) })
      noteDate(question.url, page)
      return { page }
    } catch (thrown) {
      return { failure: toFailure(thrown) }
    }
  }
  return {
    ask(question) {
      if (question.fresh === true || question.body !== undefined) return put(question)
      const key = JSON.stringify([question.socketPath, question.url, question.headers])
      const known = asked.get(key)
      if (known !== undefined) return known
      const told = put(question)
      asked.set(key, told)
      return told
    },
    skews: () => [...skews.values()],
    agentFor,
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

interface Tools {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
}

function fetchPage(question: Question, { clock, dispatcher }: Tools): Promise<Page> {
  const limitMs = question.timeoutMs ?? PAGE_MS
  const late = new AbortController()
  const startedMs = clock.now()
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => {
      const error = new Late(limitMs)
      late.abort(error)
      // undici heeds the signal once it is connected.
      reject(error)
    })
    readPage(question, dispatcher, late.signal)
      .then((page) => resolve({ ...page, ms: clock.now() - startedMs }), reject)
      .finally(stop)
      .catch(() => undefined)
  })
}

async function readPage(
  { url, headers, body }: Question,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Omit<Page, 'ms'>> {
  const { address, authorization } = splitCredential(url)
  const answer = await request(address, {
    ...{ dispatcher, signal, method: body === undefined ? 'GET' : 'POST' },
    headers: {
      accept: '*/*',
      ...authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Large('too large')
    chunks.push(chunk)
  }
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    text: Buffer.concat(chunks).toString('utf8'),
  }
}

interface Split {
  readonly address: string
  readonly authorization: Readonly<Record<string, string>>
}

/** User and password may stand in an address that a flag gives. */
export function splitCredential(url: string): Split {
  const parsed = new URL(url)
  const { username, password } = parsed
  parsed.username = ''
  parsed.password = ''
  if (username === '' && password === '') return { address: parsed.href, authorization: {} }
  const pair = [username, password].map(decodePart).join(':')
  return {
    address: parsed.href,
    authorization: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  }
}

/** A percent sign that begins nothing stands for itself. */
function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An address as it may be shown: without user, password and query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, '')
}
