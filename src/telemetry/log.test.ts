import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { Secret } from '../core/secret.ts'
import { createLogger } from './log.ts'
import type { LogFields, LoggerOptions } from './log.ts'
import { createFakeFile } from './fixtures/log-file.ts'

function openLogger(given: Partial<LoggerOptions> = {}) {
  const clock = createManualClock()
  const file = createFakeFile()
  const logger = createLogger({ level: 'info', format: 'json', clock, file, fd: -1, ...given })
  const readText = (): string => {
    while (file.isWaiting()) file.finish()
    return file.text()
  }
  return {
    clock,
    file,
    logger,
    readText,
    readLines: () =>
      readText()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

test('a line is one JSON object with level, time, message and the fields that were given', async () => {
  const { clock, logger, readLines } = openLogger()
  clock.advance(1_234)
  logger.info('gateway started', {
    address: ':18789',
    pid: 42,
    requestId: 'req_1',
    models: ['a', 'b'],
    changed: true,
  })
  assert.deepEqual(readLines(), [
    {
      level: 'info',
      time: new Date(clock.wall()).toISOString(),
      address: ':18789',
      pid: 42,
      request_id: 'req_1',
      models: ['a', 'b'],
      changed: true,
      msg: 'gateway started',
    },
  ])
  await logger.close()
})

test('lines below the level are not written', async () => {
  const { logger, readLines } = openLogger({ level: 'warn' })
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](`at ${level}`)
  assert.deepEqual(
    readLines().map(({ msg }) => msg),
    ['at warn', 'at error'],
  )
  assert.deepEqual(
    (['debug', 'info', 'warn', 'error'] as const).map((level) => logger.isEnabled(level)),
    [false, false, true, true],
  )
  await logger.close()
})

test('fields that are not on the list, objects and secrets never get in', async () => {
  const { logger, readText } = openLogger({ level: 'debug' })
  const fields = {
    prompt: 'CANARY',
    authorization: 'Bearer CANARY',
    headers: { authorization: 'CANARY' },
    reason: { nested: 'CANARY' },
    models: ['kept', { nested: 'CANARY' }, new Secret('CANARY')],
    url: new Secret('CANARY'),
    error: Object.assign(new Error('boom'), { body: 'CANARY' }),
    __proto__: { kind: 'CANARY' },
    constructor: 'CANARY',
  } as unknown as LogFields
  logger.debug('tried', fields)
  const text = readText()
  assert.ok(!text.includes('CANARY'), text)
  const line = JSON.parse(text) as { models: unknown; error: { message: string } }
  assert.deepEqual(line.models, ['kept'])
  assert.equal(line.error.message, 'boom')
  await logger.close()
})

test('a message or value with newlines stays one line, and a long one is cut', async () => {
  const { logger, readText, readLines } = openLogger()
  logger.warn('two\nlines {"level":"error"}', { reason: `x\r\n${'y'.repeat(5_000)}` })
  assert.equal(readText().trimEnd().split('\n').length, 1)
  assert.equal(String(readLines()[0]?.['reason']).length, 2_000)
  await logger.close()
})

test('pretty lines are for people: one line, no braces around a request', async () => {
  const { logger, readText } = openLogger({ format: 'pretty' })
  logger.info('gateway started', { address: ':18789' })
  const request = {
    level: 'warn',
    time: '2026-10-01T00:00:00.000Z',
    msg: 'request',
    request_id: 'req_1',
    method: 'POST',
    endpoint: '/v1/chat/completions',
    model: 'qwen3:4b',
    backend: 'ollama',
    status: 504,
    outcome: 'backend_error',
    code: 'first_token_timeout',
    duration_ms: 812.3,
  }
  logger.writeLines(`${JSON.stringify(request)}\n`)
  const [started = '', answered = ''] = readText().split('\n')
  assert.match(started, /INFO.*gateway started.*18789/)
  assert.match(
    answered,
    /WARN.*POST \/v1\/chat\/completions 504 first_token_timeout 812\.3 ms qwen3:4b@ollama req_1$/,
  )
  await logger.close()
})

test('losses are told to the owner', async () => {
  const drops: [number, string][] = []
  const { file, logger } = openLogger({ onDropped: (lines, reason) => drops.push([lines, reason]) })
  logger.info('one')
  file.finish('ENOSPC')
  assert.deepEqual(drops, [[1, 'failed']])
  assert.equal(logger.dropped(), 1)
  await logger.close()
})

test('closing waits for what is held and then lets go of the process', async () => {
  const before = process.listenerCount('exit')
  const { file, logger } = openLogger()
  assert.equal(process.listenerCount('exit'), before + 1)
  logger.info('one')
  logger.info('two')
  const closing = logger.close()
  file.finish()
  file.finish()
  await closing
  assert.equal(file.text().split('\n').length, 3)
  assert.equal(process.listenerCount('exit'), before)
})

test('closing gives up on a reader that does not read', async () => {
  const { clock, file, logger } = openLogger()
  logger.info('one')
  file.finish('EAGAIN')
  file.syncResults.push('ENOSPC')
  const closing = logger.close()
  clock.advance(5)
  assert.equal(file.isWaiting(), false)
  for (let waited = 0; waited < 2_000; waited += 10) {
    clock.advance(10)
    if (file.isWaiting()) file.finish('EAGAIN')
  }
  await closing
  assert.equal(logger.dropped(), 1)
})
