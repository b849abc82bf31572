// Reads what AMD's tools print as JSON without trusting any of it. Pure.

export type Fields = Readonly<Record<string, unknown>>

/** Warnings may stand in front of the JSON, and behind it; undefined where there is none. */
export function parseToolJson(text: string): unknown {
  const from = text.search(/^[[{]/m)
  const to = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'))
  if (from === -1 || to < from) return undefined
  try {
    return JSON.parse(text.slice(from, to + 1)) as unknown
  } catch {
    return undefined
  }
}

export function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

/** `42`, `"42"`, `{"value": 42, "unit": "W"}`; `"N/A"` is none. */
export function toAmount(value: unknown): number | undefined {
  const plain = typeof value === 'object' && value !== null ? toFields(value)['value'] : value
  if (typeof plain === 'number') return Number.isFinite(plain) ? plain : undefined
  return typeof plain === 'string' && /^-?\d+(?:\.\d+)?$/.test(plain.trim()) ? Number(plain) : undefined
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'N/A' ? value : undefined
}

/** The first of these that is an amount. */
export function firstAmount(fields: Fields, names: readonly string[]): number | undefined {
  return names.map((name) => toAmount(fields[name])).find((amount) => amount !== undefined)
}
