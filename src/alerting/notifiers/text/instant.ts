// Moments as programs read them (RFC 3339). Pure.

/** What no calendar knows is the epoch: a message must not be lost for a clock that is wrong. */
export function toInstantText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}
