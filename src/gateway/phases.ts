// Where the time of a request went: its duration divided into phases that add up to it.
import type { MutablePhases } from './blank-phases.ts'
import type { Exchange } from './exchange.ts'

/**
 * Divides the duration among the phases. What is not accounted for is our own: `gateway`.
 * With the backend's durations the wait for the first token is divided into its queue, load and prefill; without them
 * it is prefill, and an answer that came whole is decode, marked as estimated.
 */
export function dividePhases(
  exchange: Exchange,
  nowMs: number,
): { durations: MutablePhases; estimated: boolean } {
  const durations = exchange.phaseMs
  durations.retry += exchange.retryMs
  durations['client-stall'] += exchange.clientStallMs + exchange.trailingStallMs
  const estimated = exchange.answer === undefined ? false : addAnswer(exchange, durations)
  durations.gateway = Math.max(0, exchange.since(nowMs) - accountedFor(durations))
  return { durations, estimated }
}

/** Written out: a loop over names reads each phase by a key that the engine cannot foresee, at three times the price. */
function accountedFor(d: MutablePhases): number {
  const before = d.receive + d.authenticate + d.limit + d.guard + d.queue + d.retry
  return before + d.connect + d.load + d.prefill + d.decode + d['client-stall']
}

function addAnswer(exchange: Exchange, durations: MutablePhases): boolean {
  const { answer, answerFacts: facts } = exchange
  if (answer === undefined) return false
  const connectedMs = answer.connectedMs ?? answer.endedMs
  const answeringMs = Math.max(0, answer.endedMs - connectedMs - exchange.clientStallMs)
  durations.connect += connectedMs - answer.startedMs
  const isStated =
    facts?.loadMs !== undefined || facts?.prefillMs !== undefined || facts?.decodeMs !== undefined
  const loadMs = facts?.loadMs ?? answer.load?.durationMs(answer.firstTokenMs)
  const decodeMs = decodeOf(exchange, answer.endedMs)
  if (decodeMs === undefined) {
    // It came whole, and nobody says what took how long.
    durations.load += Math.min(answeringMs, loadMs ?? 0)
    durations.decode += answeringMs - durations.load
    return true
  }
  durations.decode += Math.min(answeringMs, Math.max(0, decodeMs))
  let waitMs = answeringMs - durations.decode
  durations.load += Math.min(waitMs, loadMs ?? 0)
  waitMs -= durations.load
  // Without a stated prefill the rest of the wait is prefill; with one, it is the backend's own hidden queue.
  durations.prefill += Math.min(waitMs, (isStated ? facts.prefillMs : undefined) ?? waitMs)
  durations.queue += waitMs - durations.prefill
  // A load that was seen in the list of what is in memory is as exact as the looks at it.
  return !isStated && loadMs !== undefined
}

/** From the first token to the end, as it was seen or as the backend states it; undefined when neither is known. */
function decodeOf(
  { meter, answerFacts: facts, clientStallMs }: Exchange,
  endedMs: number,
): number | undefined {
  if (meter?.firstTokenMs !== undefined) return endedMs - meter.firstTokenMs - clientStallMs
  if (facts?.loadMs === undefined && facts?.prefillMs === undefined) return facts?.decodeMs
  return facts.decodeMs ?? 0
}
