// Moments as people write them. Pure; a parser returns undefined for what it does not understand.

/** RFC 3339 with its zone: without one, the same text is another moment on every machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000

/** Milliseconds since the epoch. A day alone means its end in UTC: what lasts until a day lasts through it. */
export function parseInstant(text: string): number | undefined {
  const trimmed = text.trim()
  if (DAY.test(trimmed)) {
    const startMs = Date.parse(`${trimmed}T00:00:00Z`)
    // The 31st of June is the first of July to the machine, and a mistake to whoever wrote it.
    const isReal = Number.isFinite(startMs) && new Date(startMs).toISOString().startsWith(trimmed)
    return isReal ? startMs + DAY_MS : undefined
  }
  if (!INSTANT.test(trimmed)) return undefined
  const ms = Date.parse(trimmed.toUpperCase().replace(' ', 'T'))
  return Number.isFinite(ms) ? ms : undefined
}

/** The form that `parseInstant` reads back, without fractions that say nothing: `2026-12-31T00:00:00Z`. */
export function printInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
