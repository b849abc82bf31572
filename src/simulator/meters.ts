// Counts for the metrics pages of vLLM and llama.cpp. Exact sums of what happened here; how they are spelt is in pages/metrics.ts.

import type { Run } from './job.ts'

const MS_PER_SECOND = 1000

// Upper bounds as vLLM has them: requests, time to first token, gaps between tokens, token counts.
const REQUEST_SECONDS = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
]
const FIRST_TOKEN_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
]
const GAP_SECONDS = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
]
const TOKENS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]

export class Histogram {
  readonly bounds: readonly number[]
  /** Not cumulative; one more than bounds, for everything above. */
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number, times = 1): void {
    const at = this.bounds.findIndex((bound) => value <= bound)
    const bucket = at < 0 ? this.bounds.length : at
    this.counts[bucket] = (this.counts[bucket] ?? 0) + times
    this.sum += value * times
  }
}

export type Finished = 'stop' | 'length' | 'abort'

export class Meters {
  promptTokens = 0
  outputTokens = 0
  promptSeconds = 0
  outputSeconds = 0
  readonly finished: Record<Finished, number> = { stop: 0, length: 0, abort: 0 }
  readonly firstToken = new Histogram(FIRST_TOKEN_SECONDS)
  readonly gap = new Histogram(GAP_SECONDS)
  readonly perToken = new Histogram(GAP_SECONDS)
  readonly total = new Histogram(REQUEST_SECONDS)
  readonly queue = new Histogram(REQUEST_SECONDS)
  readonly prefill = new Histogram(REQUEST_SECONDS)
  readonly decode = new Histogram(REQUEST_SECONDS)
  readonly inference = new Histogram(REQUEST_SECONDS)
  readonly promptLength = new Histogram(TOKENS)
  readonly outputLength = new Histogram(TOKENS)

  /** One request that had a slot; `outputTokens` are those that left. */
  observe(run: Run, ended: { promptTokens: number; outputTokens: number; finished: Finished }): void {
    const { promptTokens, outputTokens, finished } = ended
    const { arrivedAtMs, startedAtMs, firstTokenAtMs, lastTokenAtMs } = run.timeline
    const seconds = (from: number, to: number): number => Math.max(0, to - from) / MS_PER_SECOND
    this.finished[finished]++
    this.promptTokens += promptTokens
    this.outputTokens += outputTokens
    this.promptLength.observe(promptTokens)
    this.outputLength.observe(outputTokens)
    this.queue.observe(seconds(arrivedAtMs, startedAtMs))
    this.total.observe(seconds(arrivedAtMs, lastTokenAtMs))
    if (outputTokens === 0) return
    const prefill = seconds(startedAtMs, firstTokenAtMs)
    const decode = seconds(firstTokenAtMs, lastTokenAtMs)
    this.promptSeconds += prefill
    this.outputSeconds += decode
    this.prefill.observe(prefill)
    this.decode.observe(decode)
    this.inference.observe(prefill + decode)
    this.firstToken.observe(seconds(arrivedAtMs, firstTokenAtMs))
    if (outputTokens === 1) return
    // The mean gap, as often as there were gaps: one look-up instead of one a token. The sum is exact.
    const gap = decode / (outputTokens - 1)
    this.gap.observe(gap, outputTokens - 1)
    this.perToken.observe(gap)
  }
}
