// How the body of an answer is read follows from what its head says it is.
import type { IncomingHttpHeaders } from 'node:http'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import type { Exchange } from '../exchange.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import type { AnswerReader } from './answer-reader.ts'
import { EventAnswer } from './event-answer.ts'
import { StreamMeter } from './meter.ts'
import { OpaqueAnswer } from './opaque-answer.ts'
import { RefusalAnswer } from './refusal-answer.ts'
import { WholeAnswer } from './whole-answer.ts'

export interface AnswerHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The event with the token counts was asked for by us, so the caller does not expect it. */
  readonly dropUsageEvent: boolean
}

/** Notes on the exchange what the reader will fill: the facts of the answer, and the meter of a stream. */
export function chooseReader(exchange: Exchange, attempt: UpstreamAttempt, head: AnswerHead): AnswerReader {
  const { status, headers, dropUsageEvent } = head
  if (status < 200 || status > 299) return new RefusalAnswer(attempt, status, headers)
  const encoding = headers['content-encoding']
  const facts = new AnswerFacts(exchange.api)
  exchange.answerFacts = facts
  if (encoding !== undefined && encoding !== 'identity') return new OpaqueAnswer(attempt, facts)
  const format = streamFormat(headers['content-type'] ?? '')
  if (format === undefined) return new WholeAnswer(attempt, facts)
  exchange.meter = new StreamMeter(exchange.runtime.gapBoundsMs)
  const { api, meter } = exchange
  return new EventAnswer(attempt, { format, api, facts, meter, dropUsageEvent })
}

function streamFormat(type: string): 'sse' | 'ndjson' | undefined {
  if (type.startsWith('text/event-stream')) return 'sse'
  return type.startsWith('application/x-ndjson') ? 'ndjson' : undefined
}
