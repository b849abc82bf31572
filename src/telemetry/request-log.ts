// One structured log line for each sealed record, built from a batch outside the turn of any request.
// The fields are listed here and nowhere copied wholesale: a record has no content, and a line has less than a record.
import type { Clock } from '../core/clock.ts'
import { PHASES } from '../core/record.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'
import { createBatch } from './batch.ts'
import { REQUEST_MESSAGE } from './log.ts'
import type { LogLevel, RootLogger } from './log.ts'
import { LineWriter, createTimePrinter } from './log-line.ts'

/** Whether somebody has to look: a caller's mistake is no news, a backend's is, ours is worst. */
const LEVEL_OF: Readonly<Record<Outcome, LogLevel>> = {
  ok: 'info',
  caller_error: 'info',
  rejected: 'info',
  abandoned: 'info',
  backend_error: 'warn',
  gateway_error: 'error',
}

/** A model name is free text of the caller, a finish reason of the backend: enough of it to recognise. */
const MOST_NAME_CHARACTERS = 128
const MESSAGE_FIELD = `","msg":"${REQUEST_MESSAGE}"`

function textField(line: LineWriter, start: string, value: string | undefined): void {
  if (value === undefined) return
  line.raw(start)
  line.text(value, MOST_NAME_CHARACTERS)
}

function numberField(line: LineWriter, start: string, value: number | undefined): void {
  if (value === undefined) return
  line.raw(start)
  line.number(value)
}

const PHASE_STARTS = PHASES.map((phase) => ({ phase, first: `"${phase}":`, next: `,"${phase}":` }))

function writePhases(line: LineWriter, { phases }: RequestRecord): void {
  line.raw(',"phases_ms":{')
  let isFirst = true
  for (const { phase, first, next } of PHASE_STARTS) {
    const ms = phases[phase]
    if (ms <= 0) continue
    numberField(line, isFirst ? first : next, ms)
    isFirst = false
  }
  line.raw('}')
}

/** What was asked, of whom, by whom. */
function writeQuestion(line: LineWriter, r: RequestRecord): void {
  textField(line, ',"request_id":', r.id)
  textField(line, ',"trace_id":', r.traceId)
  textField(line, ',"method":', r.method)
  textField(line, ',"endpoint":', r.endpoint)
  textField(line, ',"dialect":', r.dialect)
  textField(line, ',"operation":', r.operation)
  textField(line, ',"model":', r.modelRouted)
  // Other names for the model only where they tell something: an alias, or an answer from another model.
  if (r.modelAsked !== r.modelRouted) textField(line, ',"model_asked":', r.modelAsked)
  if (r.modelAnswered !== r.modelRouted) textField(line, ',"model_answered":', r.modelAnswered)
  if (r.fallbackFrom !== undefined) {
    textField(line, ',"fallback_from":', r.fallbackFrom)
    textField(line, ',"fallback_reason":', r.fallbackReason)
  }
  textField(line, ',"backend":', r.backend)
  textField(line, ',"key":', r.key)
  textField(line, ',"tenant":', r.tenant)
  line.raw(r.stream ? ',"stream":true' : ',"stream":false')
}

/** How it ended, and what it took. */
function writeAnswer(line: LineWriter, r: RequestRecord): void {
  numberField(line, ',"status":', r.status)
  textField(line, ',"outcome":', r.outcome)
  textField(line, ',"code":', r.code)
  textField(line, ',"shed":', r.shed)
  textField(line, ',"blame":', r.blame)
  textField(line, ',"interrupted_by":', r.interruptedBy)
  textField(line, ',"finish_reason":', r.finishReason)
  if (r.cold) line.raw(',"cold":true')
  numberField(line, ',"duration_ms":', r.durationMs)
  numberField(line, ',"first_token_ms":', r.firstTokenMs)
  numberField(line, ',"prompt_tokens":', r.usage.promptTokens)
  numberField(line, ',"output_tokens":', r.usage.outputTokens)
  if (r.estimated.usage) line.raw(',"usage_estimated":true')
  if (r.stalls > 0) numberField(line, ',"stalls":', r.stalls)
  numberField(line, ',"attempts":', r.attempts.length)
  numberField(line, ',"request_bytes":', r.requestBytes)
  numberField(line, ',"response_bytes":', r.responseBytes)
}

export function writeRequestLine(line: LineWriter, record: RequestRecord, time: string): void {
  line.raw('{"level":"')
  line.raw(LEVEL_OF[record.outcome])
  line.raw('","time":"')
  line.raw(time)
  line.raw(MESSAGE_FIELD)
  writeQuestion(line, record)
  writeAnswer(line, record)
  writePhases(line, record)
  line.raw('}\n')
}

export interface RequestLogOptions {
  readonly clock: Clock
  readonly logger: Pick<RootLogger, 'isEnabled' | 'writeLines'>
  /** Called for a record that could not be made a line. */
  readonly onFailed: () => void
}

// One write for this many lines; at two microseconds a line, a batch takes an eighth of a millisecond.
const LOG_BATCH = 64
const LOG_DELAY_MS = 200

export function createRequestLog({ clock, logger, onFailed }: RequestLogOptions): RecordSink {
  const toTime = createTimePrinter()
  const line = new LineWriter()
  const write = (record: RequestRecord): void => {
    if (!logger.isEnabled(LEVEL_OF[record.outcome])) return
    const start = line.length
    try {
      writeRequestLine(line, record, toTime(record.startedAtMs + record.durationMs))
    } catch {
      // One record that is not what its type says must not cost the lines around it.
      line.cut(start)
      onFailed()
    }
  }
  const batch = createBatch<RequestRecord>({
    clock,
    most: LOG_BATCH,
    delayMs: LOG_DELAY_MS,
    work(records) {
      for (const record of records) write(record)
      if (line.length > 0) logger.writeLines(line.take())
    },
  })
  return {
    name: 'request-log',
    accept: batch.push,
    // Hands the lines to the logger and does not wait for its reader: a scrape must not hang on a full pipe.
    flush: batch.flush,
  }
}
