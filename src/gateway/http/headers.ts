// What crosses the gateway, header by header, and why. Raw arrays in, raw arrays out: no objects on the way.
import type { BackendSettings } from '../config.ts'

/** Why a caller's header does not go to the backend. */
const REQUEST_DENIED: Readonly<Record<string, string>> = {
  // RFC 9110 7.6.1: they speak of one connection, and ours to the backend is another.
  connection: 'hop-by-hop',
  'keep-alive': 'hop-by-hop',
  'proxy-authenticate': 'hop-by-hop',
  'proxy-authorization': 'hop-by-hop',
  'proxy-connection': 'hop-by-hop',
  te: 'hop-by-hop',
  trailer: 'hop-by-hop',
  'transfer-encoding': 'hop-by-hop',
  upgrade: 'hop-by-hop',
  // RFC 9110 7.2, 8.6, 10.1.1: set anew for the message that we send.
  host: 'set anew',
  'content-length': 'set anew',
  expect: 'answered here',
  // RFC 9110 12.5.3: a compressed stream could not be measured, and small events do not compress.
  'accept-encoding': 'set to identity',
  // The caller's credentials are for us; the backend's are ours to give.
  authorization: 'credential',
  'x-api-key': 'credential',
  'api-key': 'credential',
  cookie: 'credential',
  // RFC 7239 and its forerunners: a caller could name any address in them.
  forwarded: 'not to be believed',
  'x-forwarded-for': 'not to be believed',
  'x-forwarded-host': 'not to be believed',
  'x-forwarded-proto': 'not to be believed',
  'x-forwarded-port': 'not to be believed',
  'x-real-ip': 'not to be believed',
  via: 'not to be believed',
  // Sent anew, sane or ours.
  'x-request-id': 'set anew',
}

/** Why a backend's header does not go to the caller. */
const ANSWER_DENIED: Readonly<Record<string, string>> = {
  connection: 'hop-by-hop',
  'keep-alive': 'hop-by-hop',
  'proxy-authenticate': 'hop-by-hop',
  'proxy-connection': 'hop-by-hop',
  te: 'hop-by-hop',
  trailer: 'hop-by-hop',
  'transfer-encoding': 'hop-by-hop',
  upgrade: 'hop-by-hop',
  // RFC 9110 8.6: the answer may be checked, cut or completed here.
  'content-length': 'set anew',
  date: 'set anew',
  // Names of what stands behind us.
  server: 'tells of the backend',
  'x-powered-by': 'tells of the backend',
  via: 'tells of the backend',
  'alt-svc': 'tells of the backend',
  'strict-transport-security': 'tells of the backend',
  // Its accounts are not the caller's: session, limits and ids are between the backend and us.
  'set-cookie': 'belongs to us',
  'www-authenticate': 'belongs to us',
  'x-request-id': 'set anew',
  'request-id': 'set anew',
  // Opening a browser's door is for this gateway to decide, not for a server behind it (Ollama sends `*`).
  'access-control-allow-origin': 'not its to grant',
  'access-control-allow-credentials': 'not its to grant',
  'access-control-allow-headers': 'not its to grant',
  'access-control-allow-methods': 'not its to grant',
  'access-control-expose-headers': 'not its to grant',
}

/** The same for whole families. */
const ANSWER_DENIED_PREFIXES = ['x-ratelimit-', 'anthropic-ratelimit-', 'x-weir-', 'proxy-'] as const
const REQUEST_DENIED_PREFIXES = ['x-forwarded-', 'x-weir-'] as const

/** Lower-case names by the spelling they came in: clients send the same few spellings over and over. */
const MAX_KNOWN_SPELLINGS = 1_000
const spellings = new Map<string, string>()

export function lowerCase(name: string): string {
  let lower = spellings.get(name)
  if (lower === undefined) {
    lower = name.toLowerCase()
    if (spellings.size < MAX_KNOWN_SPELLINGS) spellings.set(name, lower)
  }
  return lower
}

/** Every table look-up goes by own property: a header called `constructor` is a header. */
function isDenied(
  table: Readonly<Record<string, string>>,
  prefixes: readonly string[],
  lower: string,
): boolean {
  if (Object.hasOwn(table, lower)) return true
  for (const prefix of prefixes) if (lower.startsWith(prefix)) return true
  return false
}

const requestVerdicts = new Map<string, boolean>()
const answerVerdicts = new Map<string, boolean>()

export function crossesToBackend(lower: string): boolean {
  return remembered(
    requestVerdicts,
    lower,
    (name) => !isDenied(REQUEST_DENIED, REQUEST_DENIED_PREFIXES, name),
  )
}

export function crossesToCaller(lower: string): boolean {
  return remembered(answerVerdicts, lower, (name) => !isDenied(ANSWER_DENIED, ANSWER_DENIED_PREFIXES, name))
}

function remembered(verdicts: Map<string, boolean>, name: string, judge: (name: string) => boolean): boolean {
  let verdict = verdicts.get(name)
  if (verdict === undefined) {
    verdict = judge(name)
    if (verdicts.size < MAX_KNOWN_SPELLINGS) verdicts.set(name, verdict)
  }
  return verdict
}

/**
 * RFC 9110 7.6.1: `Connection` may name further headers that end here. Undefined when it names none.
 * A header that came twice is one string to Node's server and to our client.
 */
export function connectionOptions(value: string | readonly string[]): Set<string> | undefined {
  const lower = String(value).toLowerCase()
  if (lower === 'keep-alive' || lower === 'close') return undefined
  return new Set(lower.split(',').map((option) => option.trim()))
}

/** The backend's own credential in the form its kind expects. */
export function toBackendCredential(backend: BackendSettings): Record<string, string> {
  if (backend.apiKey === undefined) return {}
  return backend.kind === 'anthropic'
    ? { 'x-api-key': backend.apiKey.reveal() }
    : { authorization: `Bearer ${backend.apiKey.reveal()}` }
}
