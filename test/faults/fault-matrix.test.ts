// Every word of the simulator's fault vocabulary times every dialect: what the caller sees, what it must never see, and
// what the record and the log say of it.
import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { after, before, test } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { faultNames, type FaultName } from '../../src/simulator/index.ts'
import { callers, judge, unpack, type Caller, type Verdict } from './callers.ts'
import { compareBytes } from './same-bytes.ts'
import { startTappedStage, type TappedStage } from './tapped-stage.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const PROMPT = 'canary-prompt-5d1f7c and nothing else'
const CALLER_KEY = 'wk_canary00_8f2e6b1d9a7c4e3f8f2e6b1d9a7c4e3f'
const BACKEND_KEY = 'canary-backend-key-c0ffee'

/** What stands behind the gateway under two names: with clocks that wait for everything, and with clocks that do not. */
const PATIENT = 'sim-chat'
const HASTY = 'sim-hasty'
/** Its only clock that matters is the last one: nothing that it is silent about looks like a server that hangs. */
const BRIEF = 'sim-brief'
const BRIEF_CLOCKS = { connect: '300ms', firstToken: '1s', idle: '1s', total: '1s' }
const HASTY_CLOCKS = { connect: '300ms', firstToken: '300ms', idle: '300ms', total: '3s' }

interface Failure {
  readonly status: number
  readonly code: ErrorCode
  readonly attempts?: number
  readonly retryAfter?: string
}

type Expected = 'complete' | Failure

interface Row {
  /** With arguments, and healthy words beside it. */
  readonly header?: string
  readonly model?: typeof HASTY
  /** For answers in one piece, where it is another. */
  readonly wholeModel?: typeof BRIEF
  readonly stream: Expected
  readonly whole: Expected
  /** Where one dialect has an end of its own. */
  readonly but?: Readonly<Record<string, Expected>>
}

const COMPLETE = { stream: 'complete', whole: 'complete' } as const
const both = (failure: Failure) => ({ stream: failure, whole: failure })
/** In the middle of a stream the status has been sent. */
const inStream = (code: ErrorCode): Failure => ({ status: 200, code })

const LOST: Failure = { status: 502, code: 'backend_unreachable', attempts: 2 }
const BROKEN: Failure = { status: 502, code: 'backend_protocol_error' }
const REFUSED: Failure = { status: 502, code: 'backend_error' }
const BUSY: Failure = { status: 503, code: 'backend_error', retryAfter: '2' }
/** Anthropic's own status for it, which its client has a class for. */
const OVERLOADED: Failure = { ...BUSY, status: 529 }
const TOO_SLOW: Failure = { status: 504, code: 'first_token_timeout' }
const TOO_LONG: Failure = { status: 504, code: 'deadline_exceeded' }

const EXPECTED: Readonly<Record<FaultName, Row>> = {
  refuse: both(LOST),
  hang: { model: HASTY, wholeModel: BRIEF, stream: TOO_SLOW, whole: TOO_LONG },
  reset: both(LOST),
  'reset-after-headers': both(BROKEN),
  // The first event of Anthropic's stream says what is wrong: too much to do.
  'error-200': { ...both(REFUSED), but: { 'anthropic stream': BUSY } },
  '404': both({ status: 404, code: 'model_not_found' }),
  '429': { header: '429=7', ...both({ status: 429, code: 'rate_limited', retryAfter: '7' }) },
  '500': both(REFUSED),
  '502': both(REFUSED),
  '503-loading': both(BUSY),
  '503-busy': {
    ...both(BUSY),
    but: { 'anthropic stream': OVERLOADED, 'anthropic whole': OVERLOADED },
  },
  redirect: both(BROKEN),
  'cut-after': { stream: inStream('stream_interrupted'), whole: BROKEN },
  'reset-after': { stream: inStream('stream_interrupted'), whole: BROKEN },
  'stall-after': {
    model: HASTY,
    stream: inStream('idle_timeout'),
    whole: { status: 504, code: 'idle_timeout' },
  },
  'malformed-after': { stream: inStream('backend_protocol_error'), whole: BROKEN },
  'error-after': { stream: inStream('backend_error'), whole: REFUSED },
  // A whole answer has no line to be too long: it is passed on as it comes.
  'giant-line': { header: 'giant-line=2', stream: inStream('backend_protocol_error'), whole: 'complete' },
  split: { header: 'split, tokens=2', ...COMPLETE },
  coalesce: COMPLETE,
  trickle: { model: HASTY, stream: TOO_SLOW, whole: TOO_LONG },
  'gzip-anyway': COMPLETE,
  // A stream whose end marker has come lacks nothing, whatever its length had promised.
  'wrong-length-long': { stream: 'complete', whole: BROKEN },
  'wrong-length-short': both(BROKEN),
  'early-headers': COMPLETE,
  // Only OpenAI's stream shows by its finish reason that nothing but the end marker is missing.
  'no-done': { ...COMPLETE, but: { 'anthropic stream': inStream('stream_interrupted') } },
  'no-finish': { stream: inStream('stream_interrupted'), whole: 'complete' },
  'no-usage': COMPLETE,
  'lying-usage': COMPLETE,
  tokens: COMPLETE,
  tools: COMPLETE,
  reasoning: COMPLETE,
  'slow-ttft': { model: HASTY, stream: TOO_SLOW, whole: 'complete' },
  'slow-tokens': { header: 'slow-tokens=20', ...COMPLETE },
  'extra-bytes': COMPLETE,
  'close-idle': COMPLETE,
}

/** Whatever a backend, our machine or our own code calls itself; the words of the simulator's own errors among them. */
const UPSTREAM_WORDS = [
  /simulat|model runner|rate limit reached|maximum pending|loading model/i,
  /ECONN|EPIPE|UND_ERR|HPE_|SocketError|undici|node_modules/,
  /\n\s+at |\.ts:\d/,
]

interface Cell {
  readonly id: string
  readonly caller: Caller
  readonly expected: Expected
  readonly conversation: Conversation
  readonly verdict: Verdict
}

let stage: TappedStage
let cells: readonly Cell[] = []
let metricsPage = ''
let answerText = ''

before(async () => {
  stage = await startTappedStage([{ outputTokens: 8, apiKey: BACKEND_KEY }], ([url]) => ({
    keys: [{ name: 'caller', hash: hashKey(CALLER_KEY) }],
    // Every request here fails, and each row says what becomes of one by itself.
    retry: { budget: '100%' },
    health: { failures: 1_000 },
    backends: [
      { name: 'patient', url, kind: 'simulator', apiKey: BACKEND_KEY, models: [PATIENT] },
      { name: 'hasty', url, kind: 'simulator', apiKey: BACKEND_KEY, models: [HASTY], timeouts: HASTY_CLOCKS },
      { name: 'brief', url, kind: 'simulator', apiKey: BACKEND_KEY, models: [BRIEF], timeouts: BRIEF_CLOCKS },
      { name: 'stray', url, kind: 'simulator', apiKey: BACKEND_KEY, models: [STRAY] },
    ],
  }))
  const rows = Object.entries(EXPECTED).map(([fault, row]) => ({ fault, row }))
  const isStray = ({ fault }: { fault: string }): boolean => fault === 'extra-bytes'
  const asked = rows
    .filter((each) => !isStray(each))
    .flatMap((each) => callers.map((caller) => ({ ...each, caller })))
  cells = await inLanes(LANES, asked, runCell)
  // Bytes nobody asked for arrive some milliseconds after an answer; the next request must find them already there.
  for (const each of rows.filter(isStray)) {
    for (const caller of callers) {
      cells = [...cells, await runCell({ ...each, caller, model: STRAY })]
      await new Promise((resolve) => setTimeout(resolve, STRAY_PAUSE_MS))
    }
  }
  await stage.untilSealed(cells.length)
  answerText = textOfAnswer()
  metricsPage = (await stage.scrape()) + (await stage.scrape('application/openmetrics-text'))
  await stage.stop()
})

// Harmless when it was done already; without it a failure would never end.
after(() => stage.stop())

const LANES = 8
const STRAY = 'sim-stray'
const STRAY_PAUSE_MS = 25

interface Asked {
  readonly fault: string
  readonly row: Row
  readonly caller: Caller
  readonly model?: string
}

async function runCell({ fault, row, caller, model }: Asked): Promise<Cell> {
  const id = `${fault}.${caller.name.replaceAll(' ', '-')}`
  const headers = {
    ...caller.headers,
    authorization: `Bearer ${CALLER_KEY}`,
    'x-request-id': id,
    'x-sim-fault': row.header ?? fault,
    connection: 'close',
  }
  const ofRow = caller.stream ? row.model : (row.wholeModel ?? row.model)
  const body = caller.toBody(PROMPT, model ?? ofRow ?? PATIENT)
  const conversation = await talk(stage.port, toRequest({ path: caller.path, body, headers }))
  const expected = row.but?.[caller.name] ?? (caller.stream ? row.stream : row.whole)
  return { id, caller, expected, conversation, verdict: judge(caller, conversation) }
}

async function inLanes<T, R>(
  lanes: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const waiting = items.values()
  const lane = async (): Promise<void> => {
    for (const item of waiting) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

/** What the model said: the simulator says the same to the same prompt. */
function textOfAnswer(): string {
  const whole = cells.find(({ id }) => id === 'tokens.ollama-chat-whole')
  const body = JSON.parse(whole?.conversation.answers[0]?.body.toString('utf8') ?? '{}') as {
    message?: { content?: string }
  }
  return body.message?.content ?? ''
}

function failuresOf(check: (cell: Cell) => string | undefined): string[] {
  return cells.flatMap((cell) => {
    const problem = check(cell)
    return problem === undefined ? [] : [`${cell.id}: ${problem}`]
  })
}

test('every word of the fault vocabulary is asked for in every dialect', () => {
  assert.deepEqual(Object.keys(EXPECTED).toSorted(), [...faultNames].toSorted())
  assert.equal(cells.length, faultNames.length * callers.length)
})

test('a caller sees a complete answer, an error of its dialect, or a reset, as the table says', () => {
  const problems = failuresOf(({ caller, expected, verdict }) => {
    if (expected === 'complete') return verdict.kind === 'complete' ? undefined : JSON.stringify(verdict)
    if (verdict.kind !== 'error') return JSON.stringify(verdict)
    if (verdict.status !== expected.status) return `status ${verdict.status}`
    const hasCode = caller.name.startsWith('openai')
    return hasCode && verdict.code !== expected.code ? `code ${verdict.code}` : undefined
  })
  assert.deepEqual(problems, [])
})

test('the bytes of an answer are those the backend wrote, or their beginning', () => {
  const written = stage.taps[0]?.answers()
  let compared = 0
  const problems = failuresOf(({ id, caller, conversation, verdict }) => {
    const [answer] = conversation.answers
    const backend = written?.get(id)?.at(-1)
    if (answer?.status !== 200 || backend === undefined) return undefined
    compared += 1
    return compareBytes({ caller, verdict, got: answer.body, written: backend.body })
  })
  assert.deepEqual(problems, [])
  assert.ok(compared > cells.length / 2, `${compared} answers could be compared`)
})

test('the record of each says the same as its caller saw', () => {
  const records = new Map(stage.records.map((record) => [record.id, record]))
  assert.equal(stage.records.length, cells.length)
  const problems = failuresOf(({ id, expected, conversation }) => {
    const record = records.get(id)
    if (record === undefined) return 'no record'
    const { code, outcome, status, attempts } = record
    const seen = { status, code, attempts: attempts.length }
    assert.equal(conversation.answers[0]?.status, status, id)
    if (expected === 'complete')
      return outcome === 'ok' && code === undefined ? undefined : JSON.stringify(seen)
    const isSame = code === expected.code && attempts.length === (expected.attempts ?? 1)
    return isSame ? undefined : JSON.stringify(seen)
  })
  assert.deepEqual(problems, [])
})

test('every answer names its request, its backend and its attempts, and says when to come back', () => {
  const problems = failuresOf(({ id, expected, conversation }) => {
    const { headers } = conversation.answers[0] ?? { headers: new Map<string, string>() }
    if (headers.get('x-request-id') !== id) return 'x-request-id'
    if (!/^(patient|hasty|brief|stray)$/.test(headers.get('x-weir-backend') ?? '')) return 'x-weir-backend'
    if (!/^[123]$/.test(headers.get('x-weir-attempts') ?? '')) return 'x-weir-attempts'
    const retryAfter = expected === 'complete' ? undefined : expected.retryAfter
    return headers.get('retry-after') === retryAfter ? undefined : `retry-after ${headers.get('retry-after')}`
  })
  assert.deepEqual(problems, [])
})

test('no answer shows the backend, a key, a stack, this machine or the prompt', () => {
  const address = new RegExp(`127\\.0\\.0\\.1|localhost|:${stage.taps[0]?.port}\\b`)
  const secrets = [PROMPT, CALLER_KEY, BACKEND_KEY, process.cwd(), homedir()]
  const problems = failuresOf(({ conversation, verdict }) => {
    const [answer] = conversation.answers
    const seen = `${[...(answer?.headers ?? [])].join('\n')}\n${answer === undefined ? '' : unpack(answer).toString('latin1')}`
    const leak = secrets.find((secret) => seen.includes(secret))
    if (leak !== undefined) return leak
    if (address.test(seen)) return String(address.exec(seen)?.[0])
    const words = verdict.kind === 'complete' ? [] : UPSTREAM_WORDS
    return words.find((word) => word.test(seen))?.source
  })
  assert.deepEqual(problems, [])
})

test('neither the log nor the metrics hold a prompt, a key or an answer', () => {
  const words = answerText.split(/(?<=[ .,。，])/).filter((word) => word.length > 1)
  assert.ok(answerText.length > 8 && words.length > 0, `an answer to look for: ${answerText}`)
  const secrets = [PROMPT, CALLER_KEY, BACKEND_KEY, 'canary', answerText, answerText.slice(0, 8), 'not yours']
  assert.ok(stage.logLines.length > cells.length)
  for (const text of [...stage.logLines, metricsPage]) {
    const leak = secrets.find((secret) => text.includes(secret))
    assert.equal(leak, undefined, text.slice(0, 500))
  }
})

test('what was opened is sealed, and nothing is left in flight', () => {
  const { opened, sealed } = stage.weir.gateway
  assert.deepEqual({ opened, sealed }, { opened: cells.length, sealed: cells.length })
  assert.deepEqual([...stage.weir.gateway.inflight()], [])
})

test('nobody follows a redirect', () => {
  const paths = stage.simulators[0]?.ledger.entries.map(({ path }) => path) ?? []
  assert.ok(paths.length > 0 && !paths.includes('/sim/redirected'))
})
