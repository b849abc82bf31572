// Reads JSON that a stranger sent: each function says what it takes and never throws on what it gets.

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function toObject(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A number of zero or more, else undefined: what "not given" and "nonsense" have in common here. */
export function toCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined
}
