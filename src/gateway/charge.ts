// What a request that is over is charged for: real counts where the backend gave them, never less than what was seen where an
// answer broke off, nothing for what no backend did.
import { estimateOutput } from '../access/limits/estimate.ts'
import type { Charge } from '../access/limits/limits.ts'
import type { Cost, Operation, RequestRecord, Usage } from '../core/record.ts'
import type { Exchange } from './exchange.ts'

type Tokens = Omit<Charge, 'micros'>

const NOTHING: Tokens = { input: 0, output: 0 }

/** What comes of the others is no text: vectors and verdicts. */
const GENERATING = new Set<Operation>(['chat', 'text_completion', 'generate_content'])

/** The bytes of a prompt that nobody estimated at its time, to tokens. */
const BYTES_PER_TOKEN = 3

/** The prompt, as it was estimated when the request came. */
function estimatedInput({ reservation, facts }: Exchange): number {
  const estimate = reservation?.input ?? 0
  return estimate > 0 ? estimate : Math.ceil((facts?.promptBytes ?? 0) / BYTES_PER_TOKEN)
}

function toTokens(exchange: Exchange, usage: Usage): Tokens {
  const { answer, opened, answerFacts: facts, error, operation } = exchange
  if (operation === 'other' || operation === 'models') return NOTHING
  if (answer === undefined || facts === undefined) {
    return wasAbandoned(exchange) ? { input: estimatedInput(exchange), output: 0 } : NOTHING
  }
  // A backend that refuses has generated nothing.
  if (opened?.error !== undefined) return NOTHING
  const input = usage.promptTokens ?? estimatedInput(exchange)
  if (error === undefined && usage.outputTokens !== undefined) return { input, output: usage.outputTokens }
  const { tokenEvents: events, tokenBytes: bytes } = facts
  const seen = GENERATING.has(operation) ? estimateOutput({ events, bytes }) : 0
  return { input, output: Math.max(usage.outputTokens ?? 0, seen) }
}

/** The caller left while a backend had its prompt: whether it was read cannot be known, and most of the work is done then. */
function wasAbandoned({ attempts }: Exchange): boolean {
  const last = attempts.at(-1)
  return last?.result === 'abandoned' && last.connectedMs !== undefined
}

function toMicros(exchange: Exchange, { input, output }: Tokens, usage: Usage): number | undefined {
  const { modelRouted, runtime } = exchange
  if (modelRouted === undefined || runtime.limits?.hasPrices !== true) return undefined
  const cached = Math.min(input, usage.cachedTokens ?? 0)
  return runtime.limits.costOf(modelRouted, { input, output, cached })
}

/** Also without any limit: what a request cost is worth knowing. */
export function costOf(exchange: Exchange, usage: Usage): Cost | undefined {
  const { limits } = exchange.runtime
  if (limits?.hasPrices !== true) return undefined
  const micros = toMicros(exchange, toTokens(exchange, usage), usage)
  return micros === undefined ? undefined : { micros, currency: limits.currency }
}

/** Closes the account of a request. What was set aside and not used goes back. */
export function settleLimits(exchange: Exchange, { usage, cost, outcome }: RequestRecord): void {
  const { reservation, modelRouted, runtime } = exchange
  const { limits } = runtime
  if (limits === undefined || reservation === undefined) return
  limits.settle(reservation, { ...toTokens(exchange, usage), micros: cost?.micros ?? 0 })
  const { outputTokens } = usage
  if (outcome === 'ok' && modelRouted !== undefined && outputTokens !== undefined && outputTokens > 0) {
    limits.noteOutput(modelRouted, outputTokens)
  }
}
