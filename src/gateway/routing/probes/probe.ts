// Asks a backend how it is and what it serves, by pages that provably neither load a model nor keep one awake (probe-pages.ts).
// Bounded in time and size. Never rejects: what a backend does not answer is a finding, not a failure of ours.
import { isBusyStatus } from '../../upstream/busy-status.ts'
import { isOwnLack } from '../../upstream/own-lack.ts'
import type { Backend, ListedModel, ProbeResult } from '../backend.ts'
import type { ProbeFinding } from '../health/backend-health.ts'
import { fetchPage, LateError, ProbeError, type Page, type Patience } from './page.ts'
import { PROBE_PAGES, SAYS_LOADING, type Listing } from './probe-pages.ts'
import type { RunningModel } from '../residency/residency.ts'

/** A name that becomes a header and a label: no control characters, no half of a character, no surprises. */
const SANE_NAME =
  /^[\x21-\x7e\u00a1-\ud7ff\ue000-\u{10ffff}][\x20-\x7e\u00a1-\ud7ff\ue000-\u{10ffff}]{0,254}$/u

/** What a page was answered with, or why it was not. */
type Told = Page | Error

export async function probeBackend(backend: Backend, patience: Patience): Promise<ProbeResult> {
  const startedMs = patience.clock.now()
  const { listing, version, health } = PROBE_PAGES[backend.kind]
  const ask = (path: string): Promise<Told> => fetchPage(backend, path, patience).catch(toError)
  const [well, versioned, listed] = await Promise.all([
    health === undefined ? undefined : ask(health),
    version === undefined ? undefined : ask(version),
    ask(listing.path),
  ])
  const seconds = (patience.clock.now() - startedMs) / 1_000
  const findings = [judge(well, true), judge(versioned, true), judgeListing(listed, backend)]
  const worst = findings.find(({ finding }) => finding === 'loading') ?? findings.find(isTrouble)
  if (worst !== undefined) return { ...worst, seconds, models: undefined, version: undefined }
  return {
    finding: 'answers',
    seconds,
    models: toModels(listed, listing),
    version: toVersion(versioned),
    problem: undefined,
  }
}

interface Judged {
  /** Undefined when it was our own machine that could not ask. */
  readonly finding: ProbeFinding | undefined
  readonly problem: string | undefined
}

const WELL: Judged = { finding: 'answers', problem: undefined }

function isTrouble({ finding }: Judged): boolean {
  return finding !== 'answers'
}

/** `aboutItself`: a page that says how the server is, so that its 503 is no matter of a full queue. */
function judge(told: Told | undefined, aboutItself: boolean): Judged {
  if (told === undefined) return WELL
  if (told instanceof Error) {
    const finding = isOwnLack(told) ? undefined : isLate(told) ? 'silent' : 'refused'
    return { finding, problem: describe(told) }
  }
  const { status, path } = told
  if (status === 200) return WELL
  const problem = `GET ${path} answered ${status}`
  if (status !== TOO_MANY_STATUS && !isBusyStatus(status)) return { finding: 'refused', problem }
  if (SAYS_LOADING.test(told.text))
    return { finding: 'loading', problem: `${problem}: it is loading its model` }
  return { finding: aboutItself ? 'refused' : 'busy', problem }
}

const TOO_MANY_STATUS = 429

/** A backend whose models are configured need not be able to list them. */
function judgeListing(listed: Told, { kind, settings }: Backend): Judged {
  const judged = judge(listed, false)
  if (listed instanceof Error) return judged
  if (judged.finding === 'refused' && settings.models !== undefined && CANNOT_LIST.includes(listed.status))
    return WELL
  const { listing } = PROBE_PAGES[kind]
  if (listed.status !== 200 || entriesOf(listed, listing) !== undefined) return judged
  return { finding: 'refused', problem: `GET ${listing.path} has no list ${listing.entries}` }
}

/** 403: a restricted key of OpenAI may ask a model and not list any. */
const CANNOT_LIST: readonly number[] = [403, 404, 405, 501]

/** What an Ollama has in memory. Rejects when it does not say. */
export async function fetchRunning(backend: Backend, patience: Patience): Promise<RunningModel[]> {
  const { running } = PROBE_PAGES[backend.kind]
  if (running === undefined) return []
  const entries = field(await fetchJson(backend, running, patience), 'models')
  if (!Array.isArray(entries)) throw new ProbeError(`GET ${running} has no list models`)
  return (entries as unknown[]).flatMap(toRunning)
}

function toRunning(entry: unknown): RunningModel[] {
  const name = textField(entry, 'name') ?? textField(entry, 'model')
  if (name === undefined || !SANE_NAME.test(name)) return []
  const bytes = sizeField(entry, 'size')
  const vramBytes = Math.min(bytes, sizeField(entry, 'size_vram'))
  return [{ name, bytes, vramBytes, expiresAt: textField(entry, 'expires_at') ?? '' }]
}

/** One GET of a backend's JSON page; rejects when it is late, large, not 200 or not JSON. */
export async function fetchJson(backend: Backend, path: string, patience: Patience): Promise<unknown> {
  const { status, text } = await fetchPage(backend, path, patience)
  if (status !== 200) throw new ProbeError(`GET ${path} answered ${status}`)
  return JSON.parse(text) as unknown
}

function toModels(listed: Told, listing: Listing): ListedModel[] | undefined {
  const entries = listed instanceof Error ? undefined : entriesOf(listed, listing)
  if (entries === undefined) return undefined
  const models: ListedModel[] = []
  for (const entry of entries) {
    const name = listing.nameOf.map((key) => textField(entry, key)).find((value) => value !== undefined)
    if (name !== undefined && SANE_NAME.test(name))
      models.push({ name, detail: entry as Record<string, unknown> })
  }
  return models
}

function entriesOf({ status, text }: Page, listing: Listing): readonly unknown[] | undefined {
  const entries = status === 200 ? field(parse(text), listing.entries) : undefined
  return Array.isArray(entries) ? (entries as unknown[]) : undefined
}

function toVersion(told: Told | undefined): string | undefined {
  return told === undefined || told instanceof Error ? undefined : textField(parse(told.text), 'version')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function textField(value: unknown, key: string): string | undefined {
  const found = field(value, key)
  return typeof found === 'string' ? found : undefined
}

function sizeField(value: unknown, key: string): number {
  const found = field(value, key)
  return typeof found === 'number' && found >= 0 ? found : 0
}

/** undici's own limit for connecting is ten seconds; ours is shorter unless somebody configures it longer. */
function isLate(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return error instanceof LateError || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT'
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new ProbeError('unknown')
}

function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return code === undefined ? error.message || error.name : `${code}: ${error.message}`
}
