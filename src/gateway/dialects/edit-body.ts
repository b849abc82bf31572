// The smallest edits of a caller's bytes: what is not edited stays byte for byte as it came. Pure.

/** Bytes `[start, end)` of the body become `text`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The body with these edits, which must not overlap; the body itself when there are none. */
export function editBody(body: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return body
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(body.subarray(at, start), Buffer.from(text))
    at = end
  }
  parts.push(body.subarray(at))
  return Buffer.concat(parts)
}
