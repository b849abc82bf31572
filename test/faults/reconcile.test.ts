// The books are balanced: after a random run of faults, sizes, dialects and departures, what the clients saw, what the
// backends saw, the records and the counters all tell the same story. WEIR_FAULT_RUNS makes the run longer,
// WEIR_FAULT_SEED another one.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Attempt, RequestRecord } from '../../src/core/record.ts'
import type { LedgerEntry } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { until } from '../support/weir.ts'
import { judge, type Verdict } from './callers.ts'
import { compareBytes } from './same-bytes.ts'
import { createRandom, drawSchedule, type Step } from './schedule.ts'
import { startTappedStage, type TappedStage } from './tapped-stage.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const RUNS = Number(process.env['WEIR_FAULT_RUNS'] ?? 400)
const SEED = Number(process.env['WEIR_FAULT_SEED'] ?? 20_261_121)
const LANES = 24
const CLOCKS = { connect: '500ms', firstToken: '500ms', idle: '500ms', total: '2s' }
const BACKENDS = ['a', 'b'] as const
/** How long a backend is out of reach, and how long it is back. */
const GONE_MS = 30
const BACK_MS = 150

interface Told {
  readonly step: Step
  readonly conversation: Conversation
  readonly verdict: Verdict | { readonly kind: 'left' }
}

let stage: TappedStage
let told: Told[] = []
let page = ''
let openFilesBefore = 0
const records = new Map<string, RequestRecord>()

before(async () => {
  openFilesBefore = countOpenFiles()
  const healthy = { outputTokens: 12, firstTokenMs: 2, tokensPerSecond: 4_000, jitterRatio: 0.5 }
  // One of them fails by itself now and then, so that the other gets its requests.
  const flaky = (['500', 'reset', 'malformed-after', '503-busy', 'cut-after', 'close-idle'] as const).map(
    (fault) => ({
      fault,
      probabilityRatio: 0.04,
    }),
  )
  stage = await startTappedStage(
    [
      { ...healthy, seed: SEED, faults: flaky },
      { ...healthy, seed: SEED + 1 },
    ],
    (urls) => ({
      backends: BACKENDS.map((name, index) => ({
        name,
        url: urls[index],
        kind: 'simulator',
        timeouts: CLOCKS,
      })),
    }),
  )
  const comings = comeAndGo()
  told = await carryOut(drawSchedule(SEED, RUNS))
  await comings.stop()
  await stage.untilSealed(RUNS)
  await until(() => stage.simulators.every(({ ledger }) => ledger.totals.inFlight === 0), 'backends are idle')
  await until(() => stage.weir.gateway.connections === 0, 'every client connection is closed')
  for (const record of stage.records) records.set(record.id, record)
  page = await stage.scrape()
})

// Harmless when the last test has done it already; without it a failure would never end.
after(() => stage.stop())

async function carryOut(schedule: readonly Step[]): Promise<Told[]> {
  const results: Told[] = []
  const waiting = schedule.values()
  const lane = async (): Promise<void> => {
    for (const step of waiting) results.push(await tell(step))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return results
}

async function tell(step: Step): Promise<Told> {
  const { caller, id, faults, leavesAfterMs } = step
  const headers = { ...caller.headers, 'x-request-id': id, connection: 'close' }
  const request = toRequest({
    path: caller.path,
    body: caller.toBody(step.prompt),
    headers: faults === '' ? headers : { ...headers, 'x-sim-fault': faults },
  })
  const conversation = await talk(stage.port, request, {
    drive(socket) {
      if (leavesAfterMs !== undefined) setTimeout(() => socket.destroy(), leavesAfterMs)
    },
  })
  const left = conversation.ended === 'left'
  return { step, conversation, verdict: left ? { kind: 'left' } : judge(caller, conversation) }
}

/** The first backend is out of reach again and again. */
function comeAndGo(): { stop(): Promise<void> } {
  const random = createRandom(SEED)
  let goesOn = true
  const run = (async () => {
    while (goesOn) {
      await stage.taps[0]?.hangUp()
      await pause(GONE_MS * random())
      await stage.taps[0]?.pickUp()
      await pause(BACK_MS * random())
    }
  })()
  return {
    async stop() {
      goesOn = false
      await run
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function countOpenFiles(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

function recordOf({ step }: Told): RequestRecord {
  const record = records.get(step.id)
  assert.ok(record, `no record of ${step.id}`)
  return record
}

/** What is wrong with each; the schedule's words beside it, so that it can be asked for again. */
function problemsOf(check: (each: Told) => string | undefined): string[] {
  return told.flatMap((each) => {
    const problem = check(each)
    return problem === undefined
      ? []
      : [`${each.step.id} (${each.step.caller.name}; ${each.step.faults}): ${problem}`]
  })
}

/** Model requests of one id at one backend, in order. */
function entriesOf(id: string, backend: string): LedgerEntry[] {
  return entries.get(`${backend} ${id}`) ?? []
}

const entries = new Map<string, LedgerEntry[]>()

function countBy<T>(items: Iterable<T>, toKey: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[toKey(item)] = (counts[toKey(item)] ?? 0) + 1
  return counts
}

test('every request has one record, and what was opened is sealed', (t) => {
  t.diagnostic(`${RUNS} requests, seed ${SEED}`)
  const { opened, sealed } = stage.weir.gateway
  assert.deepEqual({ opened, sealed, kept: stage.records.length }, { opened: RUNS, sealed: RUNS, kept: RUNS })
  assert.equal(records.size, RUNS, 'no id twice')
  assert.deepEqual(
    problemsOf((each) => (records.has(each.step.id) ? undefined : 'no record')),
    [],
  )
  const verdicts = countBy(told, ({ verdict }) => verdict.kind)
  t.diagnostic(`clients saw ${JSON.stringify(verdicts)}`)
  t.diagnostic(
    `records say ${JSON.stringify(countBy(records.values(), (r) => `${r.outcome} ${r.code ?? ''}`.trim()))}`,
  )
  for (const kind of ['complete', 'error', 'left'])
    assert.ok((verdicts[kind] ?? 0) > 0, `no request was ${kind}`)
})

test('what a client saw is what its record says', () => {
  const problems = problemsOf(({ step, verdict }) => {
    const record = records.get(step.id)
    // What a backend compressed unasked is passed on unread, with whatever is wrong inside.
    const isUnread = step.faults.includes('gzip-anyway') && record?.outcome === 'ok'
    if (record === undefined || verdict.kind === 'left' || isUnread) return undefined
    if (agree(verdict, record, step)) return undefined
    return `${JSON.stringify(verdict)} seen, ${record.outcome} ${record.code} ${record.status} recorded`
  })
  assert.deepEqual(problems, [])
})

function agree(verdict: Verdict, { outcome, code, status }: RequestRecord, { caller }: Step): boolean {
  switch (verdict.kind) {
    case 'complete':
      return outcome === 'ok' && status === 200
    case 'error': {
      const sameCode = !caller.name.startsWith('openai') || verdict.code === code
      return outcome !== 'ok' && outcome !== 'abandoned' && verdict.status === status && sameCode
    }
    case 'reset':
      return outcome === 'backend_error'
    case 'silent truncation':
      return false
  }
}

test('attempts are what the backends saw started', () => {
  for (const [index, backend] of BACKENDS.entries()) {
    for (const entry of stage.simulators[index]?.ledger.entries ?? []) {
      const key = `${backend} ${entry.id}`
      entries.set(key, [...(entries.get(key) ?? []), entry])
      assert.ok(records.has(entry.id), `${backend} was asked by nobody: ${entry.id}`)
    }
  }
  const problems = problemsOf((each) => {
    const { attempts } = recordOf(each)
    if (attempts.length > 3) return `${attempts.length} attempts`
    for (const backend of BACKENDS) {
      const tried = attempts.filter((attempt) => attempt.backend === backend)
      const started = entriesOf(each.step.id, backend).length
      const certain = tried.filter(isCertain).length
      const possible = tried.filter(isPossible).length
      if (started < certain || started > possible)
        return `${backend}: ${started} of ${certain}-${possible} started`
    }
    return undefined
  })
  assert.deepEqual(problems, [])
  assert.ok(
    [...records.values()].some(({ attempts }) => attempts.length > 1),
    'nothing was tried twice',
  )
})

/** A backend that answered, or was waited for in vain, was asked. */
function isCertain({ firstByteMs, connectedMs, code }: Attempt): boolean {
  const waited = code === 'first_token_timeout' || code === 'deadline_exceeded' || code === 'idle_timeout'
  return firstByteMs !== undefined || (waited && connectedMs !== undefined)
}

/** Refused connections never are; a request can be lost on one that was just closed, or cut off on its way by a leaver. */
function isPossible({ connectedMs }: Attempt): boolean {
  return connectedMs !== undefined
}

test('nothing is asked again once the answer has begun', () => {
  const problems = problemsOf((each) => {
    const { conversation, step } = each
    const { status } = conversation.answers[0] ?? { status: 0 }
    if (status !== 200 || conversation.firstByteAtMs === undefined) return undefined
    const starts = BACKENDS.flatMap((backend) => entriesOf(step.id, backend)).map(
      ({ startedAtMs }) => startedAtMs,
    )
    const late = starts.filter((startedAtMs) => startedAtMs > (conversation.firstByteAtMs ?? 0))
    return late.length === 0 ? undefined : `asked again ${late.length} times`
  })
  assert.deepEqual(problems, [])
})

test('a client gets the bytes its backend wrote, or their beginning', () => {
  const written = new Map(BACKENDS.map((name, index) => [name as string, stage.taps[index]?.answers()]))
  let compared = 0
  const problems = problemsOf((each) => {
    const record = recordOf(each)
    const [answer] = each.conversation.answers
    const backend = written
      .get(record.attempts.at(-1)?.backend ?? '')
      ?.get(record.id)
      ?.at(-1)
    if (answer?.status !== 200 || backend === undefined) return undefined
    // The end of an answer that nobody waited for may be an error event, cut anywhere.
    if (each.verdict.kind === 'left' && record.outcome === 'backend_error') return undefined
    compared += 1
    const verdict: Verdict = each.verdict.kind === 'left' ? { kind: 'reset' } : each.verdict
    return compareBytes({ caller: each.step.caller, verdict, got: answer.body, written: backend.body })
  })
  assert.deepEqual(problems, [])
  assert.ok(compared > RUNS / 3, `only ${compared} could be compared`)
})

test('tokens are those the backend counted', () => {
  // The last: a simulator that is left right behind the last byte counts nothing as written.
  const untold = /lying-usage|no-usage|gzip-anyway|trickle/
  let compared = 0
  const problems = problemsOf((each) => {
    const { outcome, usage, attempts, id } = recordOf(each)
    if (outcome !== 'ok' || untold.test(each.step.faults)) return undefined
    const entry = entriesOf(id, attempts.at(-1)?.backend ?? '').at(-1)
    compared += 1
    const same = usage.promptTokens === entry?.promptTokens && usage.outputTokens === entry?.tokensWritten
    return same
      ? undefined
      : `${JSON.stringify(usage)}, not ${entry?.promptTokens} and ${entry?.tokensWritten}`
  })
  assert.deepEqual(problems, [])
  assert.ok(compared > RUNS / 5, `only ${compared} could be compared`)
})

test('the counters are the sums of the records', () => {
  const all = [...records.values()]
  const attempts = all.flatMap((record) => record.attempts)
  assert.equal(sumOf(page, 'http_requests_total'), RUNS)
  assert.equal(sumOf(page, 'weir_requests_total'), RUNS)
  for (const [key, count] of Object.entries(
    countBy(all, ({ outcome, code }) => `${outcome} ${code ?? ''}`),
  )) {
    const [outcome = '', code = ''] = key.split(' ')
    assert.equal(sumOf(page, 'weir_requests_total', { outcome, code }), count, key)
  }
  for (const [status_code, count] of Object.entries(countBy(all, ({ status }) => String(status)))) {
    assert.equal(sumOf(page, 'http_requests_total', { status_code }), count, status_code)
  }
  for (const backend of BACKENDS) {
    for (const status of ['success', 'error'] as const) {
      const made = attempts.filter(
        (attempt) => attempt.backend === backend && attempt.result === status,
      ).length
      assert.equal(
        sumOf(page, 'backend_call_duration_seconds_count', { backend, status }),
        made,
        `${backend} ${status}`,
      )
    }
  }
  const again = all.reduce((sum, { attempts: tried }) => sum + Math.max(0, tried.length - 1), 0)
  assert.equal(sumOf(page, 'weir_retries_total'), again)
  for (const [by, count] of Object.entries(countBy(all, ({ interruptedBy }) => interruptedBy ?? ''))) {
    if (by !== '') assert.equal(sumOf(page, 'weir_stream_interrupted_total', { by }), count, by)
  }
})

test('the token counters are the sums of what the records state', () => {
  const stated = [...records.values()].filter(({ estimated }) => !estimated.usage)
  const sum = (toCount: (record: RequestRecord) => number | undefined): number =>
    stated.reduce((total, record) => total + (toCount(record) ?? 0), 0)
  const input = sum(({ usage }) => usage.promptTokens)
  const output = sum(({ usage }) => usage.outputTokens)
  assert.ok(input > 0 && output > 0)
  assert.equal(sumOf(page, 'gen_ai_client_inference_usage_input_tokens_total'), input)
  assert.equal(sumOf(page, 'gen_ai_client_inference_usage_output_tokens_total'), output)
})

test('phases add up to the duration of each request', () => {
  const problems = problemsOf((each) => {
    const { phases, durationMs } = recordOf(each)
    const sum = Object.values(phases).reduce((total, ms) => total + ms, 0)
    return Math.abs(sum - durationMs) < 0.01
      ? undefined
      : `${sum} of ${durationMs} ms: ${JSON.stringify(phases)}`
  })
  assert.deepEqual(problems, [])
})

test('there is one log line for each request', async () => {
  const requestIds = (): unknown[] =>
    stage.logLines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request')
      .map(({ request_id }) => request_id)
  await until(() => requestIds().length >= RUNS, 'the last lines are written')
  const ids = requestIds()
  assert.equal(ids.length, RUNS)
  assert.equal(new Set(ids).size, RUNS)
})

test('nothing is left: no request, no slot, no connection, no socket', async () => {
  assert.deepEqual([...stage.weir.gateway.inflight()], [])
  for (const gauge of [
    'weir_inflight_requests',
    'weir_slots_in_use',
    'active_connections',
    'weir_queue_depth',
  ]) {
    assert.equal(sumOf(page, gauge), 0, gauge)
  }
  for (const { pool } of stage.weir.gateway.backends()) assert.deepEqual([pool.running, pool.pending], [0, 0])
  await stage.stop()
  await until(() => countOpenFiles() <= openFilesBefore + FEW_FILES, 'files and sockets are closed')
})

/** What the test runner itself may have opened meanwhile. */
const FEW_FILES = 3
