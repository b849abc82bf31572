// One structured log line for each sealed record, built from a batch outside the turn of any request.
// The fields are listed here and nowhere copied wholesale: a record has no content, and a line has less than a record.
import type { Clock } from '../core/clock.ts'
import { PHASES } from '../core/record.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'
import { createBatch } from './batch.ts'
import { REQUEST_MESSAGE } from './log.ts'
import type { LogLevel, RootLogger } from './log.ts'
import { LineKinds, numberField, textField } from './line-kinds.ts'
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

const MESSAGE_FIELD = `","msg":"${REQUEST_MESSAGE}"`

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

function writeCounts(line: LineWriter, r: RequestRecord): void {
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

/** Beginnings of lines by level, up to the time. */
const BEGINNINGS: Readonly<Record<LogLevel, string>> = {
  debug: '{"level":"debug","time":"',
  info: '{"level":"info","time":"',
  warn: '{"level":"warn","time":"',
  error: '{"level":"error","time":"',
}

export function writeRequestLine(
  line: LineWriter,
  record: RequestRecord,
  { time, kinds }: { time: string; kinds: LineKinds },
): void {
  line.raw(BEGINNINGS[LEVEL_OF[record.outcome]])
  line.raw(time)
  line.raw(MESSAGE_FIELD)
  textField(line, ',"request_id":', record.id)
  textField(line, ',"trace_id":', record.traceId)
  line.bytes(kinds.of(record))
  writeCounts(line, record)
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
  const kinds = new LineKinds()
  const write = (record: RequestRecord): void => {
    if (!logger.isEnabled(LEVEL_OF[record.outcome])) return
    const start = line.length
    try {
      writeRequestLine(line, record, { time: toTime(record.startedAtMs + record.durationMs), kinds })
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
