import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { PHASES } from '../core/record.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import { createLogger } from './log.ts'
import type { LogLevel } from './log.ts'
import { createFakeFile } from './fixtures/log-file.ts'
import { toAttempt, toPhases, toRecord } from './fixtures/record.ts'
import { createRequestLog } from './request-log.ts'

function openLog(level: LogLevel = 'info') {
  const clock = createManualClock()
  const file = createFakeFile()
  const logger = createLogger({ level, format: 'json', clock, file, fd: -1 })
  let failed = 0
  const sink = createRequestLog({ clock, logger, onFailed: () => (failed += 1) })
  const readText = (): string => {
    while (file.isWaiting()) file.finish()
    return file.text()
  }
  const readLines = (): Record<string, unknown>[] =>
    readText()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { clock, file, logger, sink, readText, readLines, failed: () => failed }
}

async function lineOf(record: RequestRecord): Promise<Record<string, unknown>> {
  const { sink, readLines, logger } = openLog('debug')
  sink.accept(record)
  await sink.flush?.()
  const [line = {}] = readLines()
  await logger.close()
  return line
}

test('a request is one line with what identifies it, how it ended and where the time went', async () => {
  assert.deepEqual(await lineOf(toRecord()), {
    level: 'info',
    time: '2023-11-14T22:13:21.200Z',
    msg: 'request',
    request_id: 'req_00000000000000000000000000000001',
    method: 'POST',
    endpoint: '/v1/chat/completions',
    dialect: 'openai',
    operation: 'chat',
    model: 'qwen3:4b',
    backend: 'ollama',
    key: 'team-a',
    tenant: 'team-a',
    stream: false,
    status: 200,
    outcome: 'ok',
    finish_reason: 'stop',
    duration_ms: 1200.5,
    prompt_tokens: 120,
    output_tokens: 40,
    attempts: 1,
    request_bytes: 1024,
    response_bytes: 600,
    phases_ms: { receive: 0.125, authenticate: 0.063, connect: 0.25, decode: 1199.813, gateway: 0.25 },
  })
})

test('a request that went wrong says so', async () => {
  const line = await lineOf(
    toRecord({
      traceId: 'a'.repeat(32),
      modelAsked: 'alias',
      modelAnswered: 'qwen3:4b-q4',
      stream: true,
      firstTokenMs: 300.25,
      stalls: 2,
      cold: true,
      outcome: 'backend_error',
      code: 'stream_interrupted',
      blame: 'backend',
      interruptedBy: 'backend',
      estimated: { usage: true, phases: false },
      attempts: [toAttempt(), toAttempt()],
    }),
  )
  const { level, trace_id, model_asked, model_answered, stream, first_token_ms, stalls, cold } = line
  assert.deepEqual(
    { level, trace_id, model_asked, model_answered, stream, first_token_ms, stalls, cold },
    {
      level: 'warn',
      trace_id: 'a'.repeat(32),
      model_asked: 'alias',
      model_answered: 'qwen3:4b-q4',
      stream: true,
      first_token_ms: 300.25,
      stalls: 2,
      cold: true,
    },
  )
  const { code, blame, interrupted_by, usage_estimated, attempts } = line
  assert.deepEqual(
    { code, blame, interrupted_by, usage_estimated, attempts },
    {
      code: 'stream_interrupted',
      blame: 'backend',
      interrupted_by: 'backend',
      usage_estimated: true,
      attempts: 2,
    },
  )
})

test('every phase that happened is on the line', async () => {
  const given = Object.fromEntries(PHASES.map((phase, at) => [phase, at + 1]))
  const { phases_ms } = await lineOf(toRecord({ phases: toPhases(given) }))
  assert.deepEqual(phases_ms, given)
})

test('the level tells who has to look', async () => {
  const levels: Record<Outcome, string> = {
    ok: 'info',
    caller_error: 'info',
    rejected: 'info',
    abandoned: 'info',
    backend_error: 'warn',
    gateway_error: 'error',
  }
  for (const [outcome, level] of Object.entries(levels)) {
    assert.equal((await lineOf(toRecord({ outcome: outcome as Outcome })))['level'], level)
  }
})

test('a higher level leaves the quiet lines out', async () => {
  const { sink, readLines, logger } = openLog('warn')
  for (const outcome of ['ok', 'backend_error', 'abandoned', 'gateway_error'] as const)
    sink.accept(toRecord({ outcome }))
  await sink.flush?.()
  assert.deepEqual(
    readLines().map(({ outcome }) => outcome),
    ['backend_error', 'gateway_error'],
  )
  await logger.close()
})

test('lines are written after a moment, or when there are many', async () => {
  const { clock, file, sink, readLines, logger } = openLog()
  sink.accept(toRecord())
  assert.equal(file.isWaiting(), false, 'not in the turn of the request')
  clock.advance(200)
  assert.equal(readLines().length, 1)
  for (let count = 0; count < 64; count += 1) sink.accept(toRecord())
  assert.equal(readLines().length, 65)
  await logger.close()
})

test('nothing that a record has no field for can be on a line, even if somebody puts it there', async () => {
  const { sink, readText, logger } = openLog('debug')
  sink.accept({
    ...toRecord(),
    prompt: 'CANARY',
    answer: 'CANARY',
    headers: { authorization: 'CANARY' },
  } as RequestRecord)
  await sink.flush?.()
  assert.ok(readText().includes('req_'))
  assert.ok(!readText().includes('CANARY'))
  await logger.close()
})

test('what a caller may choose freely is cut and cannot forge a line', async () => {
  const forged = `x","outcome":"ok"}\n{"level":"error","msg":"forged"}\n${'y'.repeat(100_000)}`
  const { sink, readText, readLines, logger } = openLog()
  sink.accept(
    toRecord({
      id: forged,
      modelAsked: forged,
      modelRouted: undefined,
      finishReason: forged,
      outcome: 'caller_error',
    }),
  )
  await sink.flush?.()
  assert.ok(readText().length < 2_000)
  const [line, ...others] = readLines()
  assert.deepEqual(others, [])
  assert.equal(line?.['model_asked'], forged.slice(0, 128))
  assert.equal(line?.['outcome'], 'caller_error')
  await logger.close()
})

test('a record that cannot be written is counted and costs no other line', async () => {
  const { sink, readLines, logger, failed } = openLog()
  sink.accept(toRecord({ id: 'req_a' }))
  sink.accept({ ...toRecord(), attempts: undefined } as unknown as RequestRecord)
  sink.accept(toRecord({ id: 'req_b' }))
  await sink.flush?.()
  assert.deepEqual(
    readLines().map(({ request_id }) => request_id),
    ['req_a', 'req_b'],
  )
  assert.equal(failed(), 1)
  await logger.close()
})

test('a log that cannot be written does not disturb whoever seals requests', async () => {
  const { sink, file, logger } = openLog()
  for (let count = 0; count < 64; count += 1) sink.accept(toRecord())
  file.finish('EPIPE')
  for (let count = 0; count < 128; count += 1) sink.accept(toRecord())
  await sink.flush?.()
  assert.equal(logger.dropped(), 192)
  await logger.close()
})
