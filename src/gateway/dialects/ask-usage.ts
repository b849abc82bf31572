// Asks a backend to report usage in a stream, by the smallest edit of the caller's bytes. Pure.

/** Offsets into the request body. `at` is just behind the opening brace of the object that gets a key. */
export type UsageAsk =
  | { readonly kind: 'add-options'; readonly at: number }
  | { readonly kind: 'replace-options'; readonly start: number; readonly end: number }
  | { readonly kind: 'add-flag'; readonly at: number }
  | { readonly kind: 'replace-flag'; readonly start: number; readonly end: number }

const CLOSE_OBJECT = 0x7d

/** The same body with `stream_options.include_usage` true; every other byte as it was. */
export function askForUsage(body: Buffer, ask: UsageAsk): Buffer {
  switch (ask.kind) {
    case 'add-options':
      return insert(body, ask.at, `"stream_options":{"include_usage":true}${comma(body, ask.at)}`)
    case 'add-flag':
      return insert(body, ask.at, `"include_usage":true${comma(body, ask.at)}`)
    case 'replace-options':
      return splice(body, ask, '{"include_usage":true}')
    case 'replace-flag':
      return splice(body, ask, 'true')
  }
}

function comma(body: Buffer, at: number): string {
  let next = at
  while (next < body.length && (body[next] ?? 0) <= 0x20) next += 1
  return body[next] === CLOSE_OBJECT ? '' : ','
}

function insert(body: Buffer, at: number, text: string): Buffer {
  return splice(body, { start: at, end: at }, text)
}

function splice(body: Buffer, { start, end }: { start: number; end: number }, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
}
