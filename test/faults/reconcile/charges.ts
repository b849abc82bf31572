// What a request must be charged, worked out from what is written in the guide and not from the code that charges: the
// backend's own counts where it states them; else the estimate by bytes.
import type { RequestRecord } from '../../../src/core/record.ts'
import { PRICES } from './config.ts'

export interface Tokens {
  readonly input: number
  readonly output: number
}

/** Twelfths of a token for a character of one, two, three and four bytes. */
const WEIGHTS = [4, 9, 12, 30] as const
const TWELFTHS = 12

/** A third of a token for each character of ASCII, three quarters for Cyrillic and its like, one for Chinese and its like. */
export function estimateInput(body: string): number {
  let twelfths = 0
  for (const char of body) twelfths += WEIGHTS[Buffer.byteLength(char) - 1] ?? 0
  return Math.ceil(twelfths / TWELFTHS)
}

/** What a record was charged, read back from its cost: the prices of a run put prompt and answer into one number. */
export function toCharged({ cost, modelRouted }: RequestRecord): Tokens {
  const price = PRICES[modelRouted === 'sim-spare' ? 'sim-spare' : 'sim-chat']
  const micros = cost?.micros ?? 0
  return {
    input: (micros % price.output) / price.input,
    output: Math.floor(micros / price.output),
  }
}

/** Undefined when the charge is right; else what is wrong with it. `bodyBytes` is how much of an answer its backend wrote. */
export function checkCharge(record: RequestRecord, body: string, bodyBytes: number): string | undefined {
  const charged = toCharged(record)
  const { outcome, usage, attempts, interruptedBy } = record
  const told = `${charged.input} + ${charged.output} charged, stated ${JSON.stringify(usage)}`
  const input = usage.promptTokens ?? estimateInput(body)
  if (outcome === 'ok') {
    if (charged.input !== input) return `${told}; prompt by estimate ${estimateInput(body)}`
    const right =
      usage.outputTokens === undefined ? charged.output >= 1 : charged.output === usage.outputTokens
    return right ? undefined : told
  }
  const isNothing = charged.input === 0 && charged.output === 0
  const wasConnected = attempts.at(-1)?.connectedMs !== undefined
  if (isNothing) return interruptedBy === undefined || !wasConnected ? undefined : `${told}; it had begun`
  if (!wasConnected) return `${told}; no backend was reached`
  const most = Math.max(usage.outputTokens ?? 0, bodyBytes)
  if (charged.input !== input || charged.output > most || charged.output < (usage.outputTokens ?? 0))
    return told
  return undefined
}
