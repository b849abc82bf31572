// A report as one JSON value: as it is, but that times are texts. Whatever is not known is missing.

const MINUTE_MS = 60_000

/** `fromMinute: 29683200` -> `from: "2026-06-08T…Z"`, `writtenAtMs` -> `writtenAt`; lengths and counts stay numbers. */
export function printJson(value: unknown): string {
  return `${JSON.stringify(toPlain(value), undefined, 2)}\n`
}

export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => toEntry(key, entry)))
}

function toEntry(key: string, value: unknown): [string, unknown] {
  if (typeof value === 'number' && key.endsWith('Minute')) {
    return [key.slice(0, -'Minute'.length), printTime(value * MINUTE_MS)]
  }
  if (typeof value === 'number' && key.endsWith('AtMs')) return [key.slice(0, -'Ms'.length), printTime(value)]
  return [key, toPlain(value)]
}

function printTime(ms: number): string {
  return new Date(ms).toISOString()
}
