// What the flags of `weir requests` ask for, as the filter of a store, or everything that is wrong with them.
import { findNearest } from '../../config/nearest.ts'
import type { Outcome } from '../../core/record.ts'
import { parseDuration } from '../../core/units.ts'
import { EXPECT_MOMENT, parseMoment } from '../../records/read/moment.ts'
import type { RecordFilter } from '../../records/store.ts'

/** As the command line brings them: text, and nothing checked. */
export interface RequestFlags {
  readonly since?: string
  readonly until?: string
  readonly status?: string
  readonly slowerThan?: string
  readonly model?: string
  readonly backend?: string
  readonly key?: string
  readonly tenant?: string
  readonly endpoint?: string
  readonly outcome?: string
  readonly limit?: string
  readonly cursor?: string
}

export interface RequestQuestion {
  readonly filter: RecordFilter
  /** Infinity for all of them. */
  readonly limit: number
  readonly cursor: string | undefined
}

export type ReadQuestion =
  | { readonly question: RequestQuestion }
  /** Every complaint, each with its flag. */
  | { readonly complaints: readonly string[] }

export const DEFAULT_SINCE = '1h'
export const DEFAULT_LIMIT = '50'
const ALL = 'all'

const OUTCOMES = {
  ok: true,
  caller_error: true,
  rejected: true,
  backend_error: true,
  gateway_error: true,
  abandoned: true,
} satisfies Record<Outcome, true>

export function readQuestion(flags: RequestFlags, nowMs: number): ReadQuestion {
  const complaints: string[] = []
  const read = <T>(
    flag: string,
    text: string | undefined,
    parse: (text: string) => T | string,
  ): T | undefined => {
    if (text === undefined) return undefined
    const value = parse(text)
    if (typeof value !== 'string') return value
    complaints.push(`--${flag}: ${value}`)
    return undefined
  }
  const filter: RecordFilter = {
    sinceMs: read('since', flags.since ?? DEFAULT_SINCE, (text) => parseMoment(text, nowMs) ?? EXPECT_MOMENT),
    untilMs: read('until', flags.until, (text) => parseMoment(text, nowMs, 'end') ?? EXPECT_MOMENT),
    status: read('status', flags.status, (text) => parseStatus(text) ?? EXPECT_STATUS),
    slowerThanMs: read('slower-than', flags.slowerThan, (text) => parseDuration(text) ?? EXPECT_DURATION),
    outcome: read('outcome', flags.outcome, readOutcome)?.outcome,
    ...{ model: flags.model, backend: flags.backend, key: flags.key },
    ...{ tenant: flags.tenant, endpoint: flags.endpoint },
  }
  const limit = read('limit', flags.limit ?? DEFAULT_LIMIT, (text) => parseLimit(text) ?? EXPECT_LIMIT)
  if (filter.sinceMs !== undefined && filter.untilMs !== undefined && filter.untilMs <= filter.sinceMs) {
    complaints.push(
      `--until: nothing lies before ${flags.until} and after ${flags.since ?? DEFAULT_SINCE} (--since)`,
    )
  }
  if (complaints.length > 0 || limit === undefined) return { complaints }
  return { question: { filter, limit, cursor: flags.cursor } }
}

const EXPECT_DURATION = 'expected a duration such as 3s'
const EXPECT_LIMIT = `expected a count from 1, or ${ALL}`
const EXPECT_STATUS = 'expected a status such as 503, a class such as 5xx, or a range such as 400-499'

const STATUS = /^([1-5])(\d\d|xx)$/i
const LAST_OF_CLASS = 99

/** `503`, `5xx`, `400-499`, `4xx-5xx`. */
export function parseStatus(text: string): { readonly from: number; readonly to: number } | undefined {
  const [first = '', last = first, ...rest] = text.split('-').map((part) => part.trim())
  const [from, to] = [toStatuses(first)?.from, toStatuses(last)?.to]
  return from === undefined || to === undefined || rest.length > 0 || from > to ? undefined : { from, to }
}

function toStatuses(text: string): { readonly from: number; readonly to: number } | undefined {
  const [, hundreds, rest = ''] = STATUS.exec(text) ?? []
  if (hundreds === undefined) return undefined
  const isClass = rest.toLowerCase() === 'xx'
  const from = Number(hundreds) * 100 + (isClass ? 0 : Number(rest))
  return { from, to: isClass ? from + LAST_OF_CLASS : from }
}

function parseLimit(text: string): number | undefined {
  if (text === ALL) return Infinity
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

function readOutcome(text: string): { readonly outcome: Outcome } | string {
  if (isOutcome(text)) return { outcome: text }
  const known = Object.keys(OUTCOMES)
  const [near] = findNearest(text, known)
  return `there is no outcome ${text}; ${near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`}`
}

function isOutcome(text: string): text is Outcome {
  return Object.hasOwn(OUTCOMES, text)
}
