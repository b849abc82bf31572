// Shares of requests: `100:70%,2000:25%,8000:5%` for sizes, one number for all alike. Pure.
import { parseRatio, printRatio } from '../core/units.ts'
import type { Random } from './random.ts'

export interface MixPart {
  readonly size: number
  readonly shareRatio: number
}

export type Mix = readonly MixPart[]

export type ReadMix = { readonly mix: Mix } | { readonly complaint: string }

const EXPECTED = 'expected a number such as 500, or sizes with shares such as 100:70%,2000:25%,8000:5%'
/** The longest prompt that any model takes today is some millions of tokens. */
const MOST_TOKENS = 10_000_000
const PARTS_MOST = 32
/** Thirds are written as 33%, 33% and 34%, or as 33.3%: what is missing then is no mistake. */
const SUM_TOLERANCE = 0.0051

export function parseMix(text: string): ReadMix {
  const written = text.split(',').map((part) => part.trim())
  if (written.length > PARTS_MOST) return { complaint: `expected at most ${PARTS_MOST} sizes` }
  const parts: MixPart[] = []
  for (const part of written) {
    const [size = '', share, ...rest] = part.split(':')
    const tokens = /^\d{1,8}$/.test(size.trim()) ? Number(size) : 0
    if (rest.length > 0 || tokens < 1 || tokens > MOST_TOKENS) return { complaint: EXPECTED }
    const shareRatio = share === undefined && written.length === 1 ? 1 : parseRatio(share ?? '')
    if (shareRatio === undefined) return { complaint: EXPECTED }
    parts.push({ size: tokens, shareRatio })
  }
  const sum = parts.reduce((total, { shareRatio }) => total + shareRatio, 0)
  if (Math.abs(sum - 1) > SUM_TOLERANCE)
    return { complaint: `the shares make ${printRatio(sum)} together, and must make 100%` }
  return { mix: parts }
}

export function printMix(mix: Mix): string {
  const [only] = mix
  if (mix.length === 1 && only !== undefined) return String(only.size)
  return mix.map(({ size, shareRatio }) => `${size}:${printRatio(shareRatio)}`).join(',')
}

export function drawSize(mix: Mix, random: Random): number {
  let left = random() * mix.reduce((total, { shareRatio }) => total + shareRatio, 0)
  for (const { size, shareRatio } of mix) {
    left -= shareRatio
    if (left < 0) return size
  }
  // What rounding leaves belongs to the last.
  return mix.at(-1)?.size ?? 1
}
