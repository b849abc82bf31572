// Bands of prompt sizes, as people compare prompts: each four times as large as the one before. Pure.
import type { RecordOutline } from '../core/outline.ts'

/** Exclusive upper ends in tokens; the buckets of the metric of prompt sizes have the same ends. */
const BAND_ENDS: readonly number[] = [256, 1_024, 4_096, 16_384, 65_536]

export const BANDS: readonly string[] = [
  '0-256 tokens',
  '256-1k tokens',
  '1k-4k tokens',
  '4k-16k tokens',
  '16k-64k tokens',
  '64k tokens and more',
]

/** English prose; other text has more tokens for its bytes, so that this is rather too few. */
const BYTES_PER_TOKEN = 4

/** As the backend counted them, else by the size of the prompt. */
export function promptTokensOf({ usage, promptBytes }: RecordOutline): number {
  const tokens = usage.promptTokens ?? Math.round(promptBytes / BYTES_PER_TOKEN)
  return tokens > 0 && tokens < Infinity ? tokens : 0
}

/** Index into BANDS. */
export function toBand(tokens: number): number {
  let band = 0
  while (band < BAND_ENDS.length && tokens >= (BAND_ENDS[band] ?? 0)) band += 1
  return band
}
