// Attributions in English, for alerts and reports. Pure; whoever speaks another language has the slices.
import type { BlamedSlice } from '../core/alert.ts'
import type { Attribution } from './attribution.ts'

const WORDS: Readonly<Record<string, string>> = {
  receive: 'callers that send slowly',
  authenticate: 'checking keys',
  limit: 'counting limits',
  guard: 'the guard',
  queue: 'queueing',
  retry: 'failed attempts',
  connect: 'connecting',
  load: 'model load',
  prefill: 'prefill',
  decode: 'slow decode',
  length: 'long answers',
  'client-stall': 'callers that read slowly',
  gateway: 'the gateway itself',
}

/** Smaller slices are noise to whoever is woken by the largest one. */
const WORTH_SAYING_RATIO = 0.1
const MOST_SAID = 3

/** `62 % of the excess is queueing at gpu-1 for qwen3:32b, 21 % model load`; undefined where there is nothing to say. */
export function toAttributionText({ of, slices }: Pick<Attribution, 'of' | 'slices'>): string | undefined {
  const percents = toPercents(slices.map(({ shareRatio }) => shareRatio))
  const said = slices
    .slice(0, MOST_SAID)
    .filter(({ shareRatio }, at) => at === 0 || shareRatio >= WORTH_SAYING_RATIO)
  const [first, ...more] = said.map((slice, at) => ({
    percent: percents[at] ?? 0,
    words: toSliceText(slice),
  }))
  if (first === undefined) return undefined
  const whole = of === 'excess' ? 'of the excess is' : 'of the failures are'
  const rest = more.map(({ percent, words }) => `, ${percent} % ${words}`).join('')
  return `${first.percent} % ${whole} ${first.words}${rest}`
}

/** `queueing at gpu-1 for qwen3:32b`. */
export function toSliceText({ phase, backend, model, band, tenant, slowdown }: BlamedSlice): string {
  const parts = [WORDS[phase] ?? phase]
  if (backend !== undefined) parts.push(`at ${backend}`)
  if (model !== undefined) parts.push(`for ${model}`)
  if (band !== undefined) parts.push(`with prompts of ${band}`)
  if (tenant !== undefined) parts.push(`of ${tenant}`)
  if (slowdown !== undefined)
    parts.push(`(because ${backend ?? 'it'} generates ${slowdown} times slower than usual)`)
  return parts.join(' ')
}

/** Whole percents that add up to 100: what rounding down leaves goes to those that lost most by it. */
export function toPercents(ratios: readonly number[]): number[] {
  const floors = ratios.map((ratio) => Math.floor(ratio * 100))
  const left = ratios.length === 0 ? 0 : 100 - floors.reduce((sum, each) => sum + each, 0)
  const lost = ratios.map((ratio, at) => ({ at, loss: ratio * 100 - (floors[at] ?? 0) }))
  for (const { at } of lost.toSorted((a, b) => b.loss - a.loss).slice(0, Math.max(0, left)))
    floors[at] = (floors[at] ?? 0) + 1
  return floors
}
