// Ollama's units: durations in whole nanoseconds, times as RFC 3339, keep_alive as seconds or as Go writes durations.

const NANOSECONDS_PER_MS = 1_000_000
const MS_PER_SECOND = 1000
const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** At least one: Ollama leaves out a zero, and a client that divides by it should not be surprised here. */
export function toNanoseconds(ms: number): number {
  return Math.max(1, Math.round(ms * NANOSECONDS_PER_MS))
}

/** Infinity for the negative numbers that mean "for ever"; undefined for "not said". */
export function parseKeepAlive(value: unknown): number | undefined {
  if (typeof value === 'number') return value < 0 ? Number.POSITIVE_INFINITY : value * MS_PER_SECOND
  if (typeof value !== 'string') return undefined
  if (value.startsWith('-')) return Number.POSITIVE_INFINITY
  if (/^\d+$/.test(value)) return Number(value) * MS_PER_SECOND
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0) return undefined
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (msPerUnit[unit ?? ''] ?? 0), 0)
}
