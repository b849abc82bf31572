// Whether a process that has warmed up goes on growing: the second half of a run against the end of its first.
import type { MemorySample } from './gateway-process.ts'

/** Shorter runs are all warming up: they only say what they saw. */
const LEAST_REQUESTS = 4_000
/** Between collections that fall as they like. */
const MOST_USED_GROWTH_MIB = 5
const MOST_RESIDENT_GROWTH_MIB = 16

function medianOf(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

export function checkMemory(
  samples: readonly MemorySample[],
  requests: number,
): { readonly said: string; readonly problem: string | undefined } {
  // Fifths: the second and third against the last.
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const middle = samples.slice(fifth, 3 * fifth)
  const late = samples.slice(-fifth)
  const growth = (toMiB: (sample: MemorySample) => number): number =>
    medianOf(late.map(toMiB)) - medianOf(middle.map(toMiB))
  const used = growth(({ usedMiB }) => usedMiB)
  const resident = growth(({ residentMiB }) => residentMiB)
  const last = samples.at(-1)
  const said = `${last?.residentMiB.toFixed(0)} MiB resident at the end (${signed(resident)}), ${last?.usedMiB.toFixed(1)} MiB in use (${signed(used)})`
  const isFlat = used <= MOST_USED_GROWTH_MIB && resident <= MOST_RESIDENT_GROWTH_MIB
  return { said, problem: isFlat || requests < LEAST_REQUESTS ? undefined : said }
}

const signed = (mebibytes: number): string => `${mebibytes < 0 ? '' : '+'}${mebibytes.toFixed(1)}`
