// When the tokens of one answer are due: first token, prefill by prompt length, gaps, seeded jitter.

import type { FaultSet } from './fault-set.ts'
import type { SimulatorProfile } from './profile.ts'
import type { Random } from './words.ts'

export interface Pace {
  readonly firstTokenMs: number
  /** The wait before the next token; another one each time because of jitter. */
  gapMs(): number
}

const MS_PER_SECOND = 1000
const TOKENS_PER_1K = 1000

export function createPace(
  profile: SimulatorProfile,
  faults: FaultSet,
  given: { readonly promptTokens: number; readonly random: Random },
): Pace {
  const { promptTokens, random } = given
  const { jitterRatio, tokensPerSecond } = profile
  const jitter = (ms: number): number =>
    jitterRatio === 0 ? ms : ms * (1 + jitterRatio * (2 * random() - 1))
  const prefillMs = (profile.prefillMsPer1kTokens * promptTokens) / TOKENS_PER_1K
  const slowMs = faults.get('slow-tokens')
  const meanGapMs = tokensPerSecond === 0 ? 0 : MS_PER_SECOND / tokensPerSecond
  return {
    firstTokenMs: jitter(profile.firstTokenMs + prefillMs) + (faults.get('slow-ttft') ?? 0),
    // A fault's number is exact: whoever asks for 200 ms wants to find 200 ms.
    gapMs: () => slowMs ?? jitter(meanGapMs),
  }
}
