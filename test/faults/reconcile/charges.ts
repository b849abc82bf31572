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

/** No language takes more bytes for a token on average; and no event that carries one is shorter. */
const BYTES_PER_TOKEN = 4

/** Undefined when the charge is right; else what is wrong with it. `bodyBytes` is how much of an answer its backend wrote. */
export function checkCharge(record: RequestRecord, body: string, bodyBytes: number): string | undefined {
  const charged = toCharged(record)
  const isRight =
    record.outcome === 'ok'
      ? isRightWhenAnswered(charged, record, body)
      : isRightWhenBroken(charged, record, { body, bodyBytes })
  if (isRight) return undefined
  const stated = JSON.stringify(record.usage)
  return `${charged.input} + ${charged.output} charged, stated ${stated}, prompt by estimate ${estimateInput(body)}`
}

function isRightWhenAnswered({ input, output }: Tokens, { usage }: RequestRecord, body: string): boolean {
  if (input !== (usage.promptTokens ?? estimateInput(body))) return false
  return usage.outputTokens === undefined ? output >= 1 : output === usage.outputTokens
}

/** Either nothing, where nobody had begun to answer; or the prompt, and no more than what there was. */
function isRightWhenBroken(
  { input, output }: Tokens,
  { usage, attempts, interruptedBy }: RequestRecord,
  { body, bodyBytes }: { readonly body: string; readonly bodyBytes: number },
): boolean {
  const wasConnected = attempts.at(-1)?.connectedMs !== undefined
  if (input === 0 && output === 0) return interruptedBy === undefined || !wasConnected
  const least = usage.outputTokens ?? 0
  const most = Math.max(least, Math.ceil(bodyBytes / BYTES_PER_TOKEN))
  const isPromptRight = input === (usage.promptTokens ?? estimateInput(body))
  return wasConnected && isPromptRight && output >= least && output <= most
}
