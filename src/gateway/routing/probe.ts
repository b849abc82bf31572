// Asks a backend what it serves, by requests that provably neither load a model nor keep one awake:
// listings only, never a generation.
import { request } from 'undici'
import type { Clock } from '../../core/clock.ts'
import { toBackendCredential } from '../http/headers.ts'
import type { Backend, ListedModel, ProbeResult } from './backend.ts'

/** A listing of thousands of models is far below this; more is not a listing. */
const MAX_LISTING_BYTES = 8_388_608

/** A name that becomes a header and a label: no control characters, no surprises. */
const SANE_NAME = /^[\x21-\x7e\u00a1-\uffff][\x20-\x7e\u00a1-\uffff]{0,254}$/

interface Listing {
  readonly path: string
  /** Where in the answer the entries are, and which of their fields is the name. */
  readonly entries: string
  readonly nameOf: readonly string[]
}

const OPENAI_LISTING: Listing = { path: '/v1/models', entries: 'data', nameOf: ['id'] }
const OLLAMA_LISTING: Listing = { path: '/api/tags', entries: 'models', nameOf: ['name', 'model'] }

/** Never rejects: a backend that does not answer is a finding, not a failure of ours. */
export async function probeBackend(backend: Backend, timeoutMs: number, clock: Clock): Promise<ProbeResult> {
  const startedMs = clock.now()
  const seconds = (): number => (clock.now() - startedMs) / 1000
  try {
    const listing = backend.kind === 'ollama' ? OLLAMA_LISTING : OPENAI_LISTING
    const [listed, version] = await Promise.all([
      fetchJson(backend, listing.path, { timeoutMs, clock }),
      backend.kind === 'ollama' ? fetchJson(backend, '/api/version', { timeoutMs, clock }) : undefined,
    ])
    return {
      up: true,
      seconds: seconds(),
      models: toModels(listed, listing),
      version: textField(version, 'version'),
      problem: undefined,
    }
  } catch (thrown) {
    return { up: false, seconds: seconds(), models: undefined, version: undefined, problem: describe(thrown) }
  }
}

class ProbeError extends Error {
  override readonly name = 'ProbeError'
}

export interface Patience {
  readonly timeoutMs: number
  readonly clock: Clock
}

/** One GET of a backend's JSON page; rejects when it is late, large, not 200 or not JSON. */
export function fetchJson(backend: Backend, path: string, { timeoutMs, clock }: Patience): Promise<unknown> {
  const late = new AbortController()
  return new Promise((resolve, reject) => {
    const stopTimer = clock.after(timeoutMs, () => {
      const error = new ProbeError(`GET ${path} took over ${timeoutMs} ms`)
      late.abort(error)
      // undici heeds the signal once it is connected; a host that answers nothing would keep us for its ten seconds.
      reject(error)
    })
    void getJson(backend, path, late.signal).then(resolve, reject).finally(stopTimer)
  })
}

async function getJson(backend: Backend, path: string, signal: AbortSignal): Promise<unknown> {
  const answer = await request(backend.urlFor(path), {
    method: 'GET',
    headers: { accept: 'application/json', ...toBackendCredential(backend.settings) },
    signal,
  })
  if (answer.statusCode !== 200) {
    await answer.body.dump()
    throw new ProbeError(`GET ${path} answered ${answer.statusCode}`)
  }
  return JSON.parse(await readText(answer.body as AsyncIterable<Buffer>, path)) as unknown
}

async function readText(body: AsyncIterable<Buffer>, path: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_LISTING_BYTES)
      throw new ProbeError(`GET ${path} answered more than ${MAX_LISTING_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toModels(answer: unknown, listing: Listing): ListedModel[] {
  const entries = field(answer, listing.entries)
  if (!Array.isArray(entries)) throw new ProbeError(`GET ${listing.path} has no list ${listing.entries}`)
  const models: ListedModel[] = []
  for (const entry of entries as unknown[]) {
    const name = listing.nameOf.map((key) => textField(entry, key)).find((value) => value !== undefined)
    if (name !== undefined && SANE_NAME.test(name))
      models.push({ name, detail: entry as Record<string, unknown> })
  }
  return models
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key)
  return typeof found === 'string' ? found : undefined
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const code = (thrown as NodeJS.ErrnoException).code
  return code === undefined ? thrown.message || thrown.name : `${code}: ${thrown.message}`
}
