// Asks a backend to report usage in a stream, by the smallest edit of the caller's bytes. Pure.
import { editBody, type Edit } from './edit-body.ts'

/** Offsets into the request body. `at` is just behind the opening brace of the object that gets a key. */
export type UsageAsk =
  | { readonly kind: 'add-options'; readonly at: number }
  | { readonly kind: 'replace-options'; readonly start: number; readonly end: number }
  | { readonly kind: 'add-flag'; readonly at: number }
  | { readonly kind: 'replace-flag'; readonly start: number; readonly end: number }

const CLOSE_OBJECT = 0x7d

/** The same body with `stream_options.include_usage` true; every other byte as it was. */
export function askForUsage(body: Buffer, ask: UsageAsk): Buffer {
  return editBody(body, [toUsageEdit(body, ask)])
}

export function toUsageEdit(body: Buffer, ask: UsageAsk): Edit {
  switch (ask.kind) {
    case 'add-options':
      return insert(ask.at, `"stream_options":{"include_usage":true}${comma(body, ask.at)}`)
    case 'add-flag':
      return insert(ask.at, `"include_usage":true${comma(body, ask.at)}`)
    case 'replace-options':
      return { start: ask.start, end: ask.end, text: '{"include_usage":true}' }
    case 'replace-flag':
      return { start: ask.start, end: ask.end, text: 'true' }
  }
}

function comma(body: Buffer, at: number): string {
  let next = at
  while (next < body.length && (body[next] ?? 0) <= 0x20) next += 1
  return body[next] === CLOSE_OBJECT ? '' : ','
}

function insert(at: number, text: string): Edit {
  return { start: at, end: at, text }
}
