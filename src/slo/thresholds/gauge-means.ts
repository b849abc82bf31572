// The mean of each gauge over the last while, from what was read of it at each evaluation. Per process: a machine is read where
// this gateway runs.
import type { GaugeName } from '../threshold-rule.ts'

export interface Reading {
  /** Which of several of its kind: `{ gpu: '0' }`; empty where there is one. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Mean extends Reading {
  /** Whether it has been read for as long as was asked. */
  readonly isWhole: boolean
}

interface Sample {
  readonly atMs: number
  readonly value: number
}

interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly samples: Sample[]
}

export interface GaugeMeans {
  /** What was read now. Monotonic milliseconds. */
  add(gauge: GaugeName, readings: readonly Reading[], nowMs: number): void
  /** Over so long before it was read last: what cannot be read any more stays as it was, and is not taken for well. */
  over(gauge: GaugeName, overMs: number): readonly Mean[]
}

const NOTHING = { series: new Map<string, Series>(), readAtMs: 0 }

/** The longest that a rule may look back, and then some. */
const KEPT_MS = 6 * 3_600_000 + 60_000
/** A mean over less than this part of what was asked is not one over what was asked. */
const WHOLE_RATIO = 0.8
/** What was not read for so long is gone: a GPU that was taken away is not hot for ever. */
const GONE_MS = 60_000

export function createGaugeMeans(): GaugeMeans {
  const gauges = new Map<GaugeName, { readonly series: Map<string, Series>; readonly readAtMs: number }>()
  return {
    add(gauge, readings, nowMs) {
      const { series } = gauges.get(gauge) ?? { series: new Map<string, Series>() }
      gauges.set(gauge, { series, readAtMs: nowMs })
      for (const { labels, value } of readings) {
        const key = JSON.stringify(labels)
        const known = series.get(key) ?? { labels, samples: [] }
        series.set(key, known)
        known.samples.push({ atMs: nowMs, value })
        const firstKept = known.samples.findIndex(({ atMs }) => nowMs - atMs <= KEPT_MS)
        if (firstKept > 0) known.samples.splice(0, firstKept)
      }
      for (const [key, { samples }] of series) {
        if (nowMs - (samples.at(-1)?.atMs ?? 0) > GONE_MS) series.delete(key)
      }
    },
    over(gauge, overMs) {
      const { series, readAtMs } = gauges.get(gauge) ?? NOTHING
      return [...series.values()].flatMap(({ labels, samples }) => {
        const within = samples.filter(({ atMs }) => readAtMs - atMs <= overMs)
        if (within.length === 0) return []
        const sum = within.reduce((total, { value }) => total + value, 0)
        const isWhole = readAtMs - (samples[0]?.atMs ?? readAtMs) >= overMs * WHOLE_RATIO
        return [{ labels, value: sum / within.length, isWhole }]
      })
    },
  }
}
