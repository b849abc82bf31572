// Newline-delimited JSON as bytes: one document a line. Ollama's native streams are this.
import type { Boundary } from './splitter.ts'

const LF = 0x0a

export class NdjsonBoundary implements Boundary {
  findEnd(chunk: Buffer, from: number): number {
    return chunk.indexOf(LF, from) + 1 || -1
  }
}

/** Whether the line `[start, end)` holds nothing but white space. */
export function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) > 0x20) return false
  return true
}
