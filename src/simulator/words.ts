// Seeded chance, and the text the pretend model says. The same seed and prompt give the same words.

import { crc32 } from 'node:zlib'

export type Random = () => number

/** mulberry32: small, fast, good enough for jitter and words; never for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function toSeed(text: string, ...numbers: readonly number[]): number {
  let seed = crc32(text)
  for (const number of numbers) seed = Math.imul(seed ^ (number >>> 0), 0x9e3779b1) >>> 0
  return seed
}

// One entry is one token. Two-, three- and four-byte characters are there so that a cut byte shows.
const vocabulary: readonly string[] = [
  ...' water| river| dam| flows| over| the| stone| and| measures| each| drop| a| low| wall| lets| it'.split(
    '|',
  ),
  ...' through| slowly| quickly| today| until| level| rises| falls| again| café| naïve| always| never'.split(
    '|',
  ),
  ...'堰|水|流|过|石|坝|江|河|测|量|每|一|滴|，|。|今天|慢慢|很快|水位|上升|下降|🌊|💧'.split('|'),
  ...' stream| gate| open| closed| wide| narrow| bank| bed| rain| spring| source| mouth|.|,|!| \n'.split('|'),
]

export function pickWords(random: Random, count: number): string[] {
  const words = new Array<string>(count)
  for (let i = 0; i < count; i++) words[i] = vocabulary[Math.floor(random() * vocabulary.length)] ?? ''
  return words
}

/** How many tokens a text is. Four bytes a token is the usual rule of thumb; what matters is that it is stable. */
export function countTokens(text: string): number {
  const BYTES_PER_TOKEN = 4
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN))
}
