// The books are balanced: after a random run of faults, departures, killed backends and reloads, what the callers saw, what the
// backends saw, the records, the counters and the balances of the limits tell the same story. `npm run test:faults` is the long
// run; WEIR_FAULT_RUNS and WEIR_FAULT_SEED choose another one.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { RequestRecord } from '../../src/core/record.ts'
import { sumOf } from '../support/metrics.ts'
import { CHECKS } from './reconcile/check-request.ts'
import { toCharged } from './reconcile/charges.ts'
import { BACKENDS } from './reconcile/fleet.ts'
import { checkMemory } from './reconcile/memory.ts'
import { findOverdrawnRetries } from './reconcile/retries.ts'
import { keepBooks, type Books, type Told } from './reconcile/run.ts'
import { printTable } from './reconcile/table.ts'
import { checkTokens } from './reconcile/tokens.ts'

const RUNS = Number(process.env['WEIR_FAULT_RUNS'] ?? 800)
const SEED = Number(process.env['WEIR_FAULT_SEED'] ?? 20_261_121)
/** What is rare must happen only in a run as long as this. */
const LONG_RUN = 5_000
/** The long run shows where it is, and what came out. */
const IS_SHOWN = process.env['WEIR_FAULT_SHOW'] === '1'

let books: Books
let records: readonly RequestRecord[] = []
before(async () => {
  books = await keepBooks({
    seed: SEED,
    requests: RUNS,
    ...(IS_SHOWN && {
      onProgress: (done, { residentMiB }) =>
        void process.stderr.write(`${done} of ${RUNS} requests, ${Math.round(residentMiB)} MiB\n`),
    }),
  })
  records = books.told.map(({ record }) => record)
  if (IS_SHOWN) process.stderr.write(printTable(books, SEED))
})

function countBy<T>(items: Iterable<T>, toKey: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[toKey(item)] = (counts[toKey(item)] ?? 0) + 1
  return counts
}

/** The schedule's words beside it, so that it can be asked for again. */
function nameOf({ step }: Told): string {
  return `${step.id} (${step.caller.name}; ${step.faults}; ${step.manner.kind}; ${step.mistake ?? ''})`
}

test('every request has one record and one log line, and what was opened is sealed', (t) => {
  const { gateway, state, told } = books
  const verdicts = countBy(told, ({ verdict }) => verdict.kind)
  t.diagnostic(`${RUNS} requests, seed ${SEED}, ${Math.round(books.tookMs / 1_000)} s`)
  t.diagnostic(`callers saw ${JSON.stringify(verdicts)}`)
  t.diagnostic(
    `records say ${JSON.stringify(countBy(records, ({ outcome, code }) => `${outcome} ${code ?? ''}`.trim()))}`,
  )
  assert.deepEqual(
    { opened: state.opened, sealed: state.sealed, kept: gateway.recordCount, ids: gateway.records.size },
    { opened: RUNS, sealed: RUNS, kept: RUNS, ids: RUNS },
  )
  assert.equal(gateway.requestLines.size, RUNS)
  assert.deepEqual(
    [...gateway.requestLines].filter(([, count]) => count !== 1),
    [],
  )
  for (const kind of ['complete', 'error', 'left'])
    assert.ok((verdicts[kind] ?? 0) > 0, `no request was ${kind}`)
})

for (const name of Object.keys(CHECKS)) {
  test(name, () => {
    const problems = books.told.flatMap((each) => {
      const problem = each.problems[name]
      return problem === undefined ? [] : [`${nameOf(each)}: ${problem}`]
    })
    assert.deepEqual(problems, [])
  })
}

test('the run had everything in it that it is for', (t) => {
  const codes = countBy(records, ({ code }) => code ?? 'none')
  const often = ['rate_limited', 'budget_exhausted', 'invalid_request', 'unauthorized', 'backend_error']
  for (const code of RUNS < LONG_RUN ? often : [...often, 'queue_full', 'no_backend', 'idle_timeout']) {
    assert.ok((codes[code] ?? 0) > 0, `nobody got ${code}`)
  }
  const happened = {
    compared: books.told.filter(({ isCompared }) => isCompared).length,
    'tried again': records.filter(({ attempts }) => attempts.length > 1).length,
    'by a fallback': records.filter(({ fallbackFrom }) => fallbackFrom !== undefined).length,
    queued: records.filter(({ queued }) => queued !== undefined).length,
    'never fitting': books.told.filter(
      ({ step, record }) => step.mistake === 'never-fits' && record.status === 400,
    ).length,
    ...countBy(books.schedule.disturbances, ({ kind }) => kind),
  }
  t.diagnostic(JSON.stringify(happened))
  for (const [what, count] of Object.entries(happened)) assert.ok(count > 0, `nothing was ${what}`)
  const blurred = books.told.filter(({ isBlurred }) => isBlurred).length
  const waited = books.told.filter(({ comments }) => comments > 0).length
  t.diagnostic(`${blurred} while the test itself stood still; ${waited} were sent comments while they waited`)
  assert.ok(waited > 0 || RUNS < LONG_RUN, 'nobody was sent a comment')
  assert.ok(happened.compared > RUNS / 5, `only ${happened.compared} could be compared`)
})

test('a backend is asked for nobody but the requests on record, and no more often than they say', () => {
  for (const backend of BACKENDS) {
    const problems: string[] = []
    for (const [id, count] of books.heard[backend]) {
      const attempts = books.gateway.records.get(id)?.record.attempts ?? []
      const sent = attempts.filter(
        (each) => each.backend === backend && each.connectedMs !== undefined,
      ).length
      if (count > sent) problems.push(`${id}: heard ${count} times, sent ${sent} times`)
    }
    const served = countBy(books.entries[backend], ({ id }) => id)
    for (const [id, count] of Object.entries(served)) {
      const heard = books.heard[backend].get(id) ?? 0
      if (count > heard) problems.push(`${id}: served ${count} times, heard ${heard} times`)
    }
    assert.deepEqual(problems, [], backend)
  }
})

test('tokens are those the backend counted', (t) => {
  const { problems, compared } = checkTokens(books)
  assert.deepEqual(problems, [])
  t.diagnostic(`${compared} compared`)
  assert.ok(compared > RUNS / 10, `only ${compared} could be compared`)
})

test('no retry was made beyond the retry budget', () => {
  assert.deepEqual(findOverdrawnRetries(books.told), [])
})

test('the counters are the sums of the records', () => {
  const { page } = books
  const attempts = records.flatMap((record) => record.attempts)
  assert.equal(sumOf(page, 'http_requests_total'), RUNS)
  assert.equal(sumOf(page, 'weir_requests_total'), RUNS)
  for (const [key, count] of Object.entries(
    countBy(records, ({ outcome, code }) => `${outcome} ${code ?? ''}`),
  )) {
    const [outcome = '', code = ''] = key.split(' ')
    assert.equal(sumOf(page, 'weir_requests_total', { outcome, code }), count, key)
  }
  for (const [status_code, count] of Object.entries(countBy(records, ({ status }) => String(status)))) {
    assert.equal(sumOf(page, 'http_requests_total', { status_code }), count, status_code)
  }
  for (const backend of BACKENDS) {
    for (const status of ['success', 'error'] as const) {
      const made = attempts.filter((each) => each.backend === backend && each.result === status).length
      const counted = sumOf(page, 'backend_call_duration_seconds_count', { backend, status })
      assert.equal(counted, made, `${backend} ${status}`)
    }
  }
  const again = records.reduce((sum, { attempts: tried }) => sum + Math.max(0, tried.length - 1), 0)
  assert.equal(sumOf(page, 'weir_retries_total'), again)
  for (const [by, count] of Object.entries(countBy(records, ({ interruptedBy }) => interruptedBy ?? ''))) {
    if (by !== '') assert.equal(sumOf(page, 'weir_stream_interrupted_total', { by }), count, by)
  }
})

test('the token counters are the sums of what the records state', () => {
  const stated = records.filter(({ estimated }) => !estimated.usage)
  const sum = (toCount: (record: RequestRecord) => number | undefined): number =>
    stated.reduce((total, record) => total + (toCount(record) ?? 0), 0)
  const input = sum(({ usage }) => usage.promptTokens)
  const output = sum(({ usage }) => usage.outputTokens)
  assert.ok(input > 0 && output > 0)
  assert.equal(sumOf(books.page, 'gen_ai_client_inference_usage_input_tokens_total'), input)
  assert.equal(sumOf(books.page, 'gen_ai_client_inference_usage_output_tokens_total'), output)
})

test('the balance of every limit is what the records were charged, to the token and to the micro-unit', () => {
  for (const { rule, used, counts } of books.balances) {
    const granted = books.told.filter(
      ({ wasGranted, step, record }) => wasGranted && counts({ key: step.key, model: record.modelAsked }),
    )
    const sum = granted.reduce((total, { record }) => {
      const { input, output } = toCharged(record)
      switch (rule.kind) {
        case 'requests':
          return total + 1
        case 'tokens':
          return total + input + output
        case 'budget':
          return total + (record.cost?.micros ?? 0)
        case 'concurrent':
          return total
      }
    }, 0)
    assert.equal(used, sum, rule.id)
    if (rule.kind === 'budget') assert.equal(books.written.get(rule.id), sum, `${rule.id}, written down`)
  }
})

test('nothing is left: no request, no slot, no wait, no connection, no lease, no open file', () => {
  const { inflight, connections, slotsInUse, queueDepth, atBackends } = books.state
  assert.deepEqual(
    { inflight, connections, slotsInUse, queueDepth, atBackends },
    { inflight: 0, connections: 0, slotsInUse: 0, queueDepth: 0, atBackends: 0 },
  )
  for (const gauge of [
    'weir_inflight_requests',
    'weir_slots_in_use',
    'active_connections',
    'weir_queue_depth',
  ]) {
    assert.equal(sumOf(books.page, gauge), 0, gauge)
  }
  const leases = books.balances.filter(({ rule }) => rule.kind === 'concurrent')
  assert.deepEqual(
    leases.map(({ used }) => used),
    leases.map(() => 0),
  )
  assert.deepEqual(books.ended, { filesLeft: 0, code: 0 })
})

test('no error is in the log but those of broken reloads', () => {
  const broken = books.schedule.disturbances.filter(({ kind }) => kind === 'broken reload').length
  const others = books.gateway.errorLines.filter((line) => !line.includes('the old one stays'))
  assert.deepEqual(others, [])
  assert.equal(books.gateway.errorLines.length, broken)
})

test('memory is flat over the run', (t) => {
  const { said, problem } = checkMemory(books.memory, RUNS)
  t.diagnostic(said)
  assert.equal(problem, undefined)
})
