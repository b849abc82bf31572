// The log of the program: levels, one JSON object per line or readable text, on one file descriptor.
// Only the fields named here can appear, so that no secret and no content gets in by accident.
import { isatty } from 'node:tty'
import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { sleep } from '../core/clock.ts'
import type { Clock } from '../core/clock.ts'
import type { TelemetrySettings } from './config.ts'
import { toLogError } from './log-error.ts'
import { createTimePrinter } from './log-line.ts'
import { createLogOutput, openLogFile } from './log-output.ts'
import type { LogDropReason, LogFile } from './log-output.ts'

export type LogLevel = TelemetrySettings['log']['level']

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** What a line may carry beside its message, and how the field is called in the log. */
const LOG_FIELDS = {
  address: 'address',
  alert: 'alert',
  backend: 'backend',
  bytes: 'bytes',
  changed: 'changed',
  circuit: 'circuit',
  code: 'code',
  commit: 'commit',
  count: 'count',
  durationMs: 'duration_ms',
  endpoint: 'endpoint',
  error: 'error',
  file: 'file',
  hint: 'hint',
  inFlight: 'in_flight',
  /** Their names. */
  keys: 'keys',
  kind: 'kind',
  labels: 'labels',
  listener: 'listener',
  model: 'model',
  models: 'models',
  path: 'path',
  pid: 'pid',
  problems: 'problems',
  reason: 'reason',
  receiver: 'receiver',
  requestId: 'request_id',
  severity: 'severity',
  signal: 'signal',
  sink: 'sink',
  slo: 'slo',
  state: 'state',
  status: 'status',
  tokensPerSecond: 'tokens_per_second',
  total: 'total',
  url: 'url',
  usual: 'usual',
  version: 'version',
  vramBytes: 'vram_bytes',
  /** The state before. */
  was: 'was',
} as const

type LogFieldName = keyof typeof LOG_FIELDS

export type LogFields = {
  readonly [Name in Exclude<LogFieldName, 'error'>]?:
    string | number | boolean | readonly string[] | undefined
} & {
  /** Whatever was thrown. */
  readonly error?: unknown
}

type LogMethod = (message: string, fields?: LogFields) => void

export interface Logger {
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
}

/** The one logger of a process, with what its owner needs beyond writing messages. */
export interface RootLogger extends Logger {
  readonly isEnabled: (level: LogLevel) => boolean
  /** Takes finished JSON lines, each with its newline; they are not filtered by level. */
  readonly writeLines: (lines: string | Buffer) => void
  readonly flush: () => Promise<void>
  /** Writes out what is held, for two seconds at most, and lets go of the process's exit. The last thing a process does. */
  readonly close: () => Promise<void>
  /** Lines that could not be written. */
  readonly dropped: () => number
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** Absent: pretty on a terminal, else json. */
  readonly format?: TelemetrySettings['log']['format']
  readonly clock: Clock
  /** File descriptor; standard output by default. */
  readonly fd?: number
  /** Called with the number of lines each time some could not be written. Must not log. */
  readonly onDropped?: (lines: number, reason: LogDropReason) => void
  /** Replaced in tests. */
  readonly file?: LogFile
}

const STDOUT_FD = 1
const CLOSE_WAIT_MS = 2_000

export function createLogger(options: LoggerOptions): RootLogger {
  const { clock, fd = STDOUT_FD, file = openLogFile(fd), onDropped } = options
  const output = createLogOutput({ file, clock, ...(onDropped !== undefined && { onDropped }) })
  const format = options.format ?? (isatty(fd) ? 'pretty' : 'json')
  const writeLines = format === 'pretty' ? createPrettyWriter(output.write, isatty(fd)) : output.write
  const toTime = createTimePrinter()
  const log = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${toTime(clock.wall())}"`,
    },
    { write: writeLines },
  )
  const at =
    (level: LogLevel): LogMethod =>
    (message, fields = {}) =>
      log[level](toLoggable(fields), message)
  // A crash and process.exit() come here as well; only a signal without a handler does not.
  process.once('exit', output.flushSync)
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isEnabled: (level) => LEVELS.indexOf(level) >= LEVELS.indexOf(options.level),
    writeLines,
    flush: output.flush,
    dropped: output.dropped,
    async close() {
      await Promise.race([output.flush(), sleep(clock, CLOSE_WAIT_MS)])
      output.flushSync()
      process.removeListener('exit', output.flushSync)
    },
  }
}

const MOST_TEXT_CHARACTERS = 2_000

function toLoggable(fields: LogFields): Record<string, unknown> {
  const loggable: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (!Object.hasOwn(LOG_FIELDS, name) || value === undefined) continue
    const shown = name === 'error' ? toLogError(value) : toShown(value)
    if (shown !== undefined) loggable[LOG_FIELDS[name as LogFieldName]] = shown
  }
  return loggable
}

/** Texts, numbers, truth values and lists of texts. An object could hold anything, so it is left out. */
function toShown(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MOST_TEXT_CHARACTERS)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').map(toShown)
  return undefined
}

/** The line of a request, for people: what, how it ended, how long it took, where. */
function toRequestText(line: Record<string, unknown>): string {
  const text = (name: string): string => (typeof line[name] === 'string' ? line[name] : '')
  const place = [text('model'), text('backend')].filter((part) => part !== '').join('@')
  const parts = [text('method'), text('endpoint'), String(line['status']), text('code') || text('outcome')]
  return [...parts, `${String(line['duration_ms'])} ms`, place, text('request_id')].filter(Boolean).join(' ')
}

/** The message of request lines; they are told apart by it. */
export const REQUEST_MESSAGE = 'request'

function createPrettyWriter(
  write: (text: string) => void,
  colorize: boolean,
): (lines: string | Buffer) => void {
  const shared = { colorize, translateTime: 'SYS:HH:MM:ss.l', singleLine: true }
  const pretty = prettyFactory(shared)
  const prettyRequest = prettyFactory({ ...shared, hideObject: true, messageFormat: toRequestText })
  const isRequest = `"msg":"${REQUEST_MESSAGE}"`
  return (lines) => {
    for (const line of lines.toString().split('\n')) {
      if (line !== '') write(line.includes(isRequest) ? prettyRequest(line) : pretty(line))
    }
  }
}
