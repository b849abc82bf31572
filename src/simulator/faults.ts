// The vocabulary of misbehaviour, as data: `weir simulate --help`, the reference page, the profile's checks and
// the parser of model names and headers are all derived from this one list. What a word does is in faults-*.ts.

export interface FaultArgument {
  readonly name: string
  readonly unit: string
  /** Used when the word stands alone: `sim:cut-after` is `sim:cut-after-3`. */
  readonly fallback: number
}

export interface FaultWord {
  readonly name: string
  /** `instead`: no answer at all, or another one. `midway`: while answering. `framing`: how bytes are sent.
   *  `content`: what the answer says. `pace`: when. `after`: once it was sent. */
  readonly kind: 'instead' | 'midway' | 'framing' | 'content' | 'pace' | 'after'
  readonly argument: FaultArgument | undefined
  readonly does: string
}

const tokens = (fallback: number): FaultArgument => ({ name: 'N', unit: 'tokens', fallback })
const milliseconds = (fallback: number): FaultArgument => ({ name: 'MS', unit: 'milliseconds', fallback })
const mebibytes = (fallback: number): FaultArgument => ({ name: 'MIB', unit: 'MiB', fallback })
const seconds = (fallback: number): FaultArgument => ({ name: 'S', unit: 'seconds', fallback })
const bytes = (fallback: number): FaultArgument => ({ name: 'BYTES', unit: 'bytes', fallback })

const words = [
  {
    name: 'refuse',
    kind: 'instead',
    does: 'for one request: the same as reset (the server-wide switch is the profile key)',
  },
  { name: 'hang', kind: 'instead', does: 'accepts the request and never sends a header' },
  { name: 'reset', kind: 'instead', does: 'resets the connection (RST) before the first byte' },
  { name: 'reset-after-headers', kind: 'instead', does: 'sends 200 and headers, then resets the connection' },
  { name: 'error-200', kind: 'instead', does: 'status 200 whose body, or first event, is an error' },
  { name: '404', kind: 'instead', does: 'model not found, in the dialect of the caller' },
  { name: '429', kind: 'instead', argument: seconds(1), does: 'too many requests, with Retry-After: S' },
  { name: '500', kind: 'instead', does: 'internal error, in the dialect of the caller' },
  { name: '502', kind: 'instead', does: 'an HTML page of a broken proxy' },
  { name: '503-loading', kind: 'instead', does: "503 with llama.cpp's body while it loads a model" },
  { name: '503-busy', kind: 'instead', does: "503 with Ollama's words for a full queue" },
  {
    name: 'redirect',
    kind: 'instead',
    does: '302 to /sim/redirected, which the ledger shows if anybody follows',
  },

  {
    name: 'cut-after',
    kind: 'midway',
    argument: tokens(3),
    does: 'closes the connection (FIN) after N tokens, without an end',
  },
  {
    name: 'reset-after',
    kind: 'midway',
    argument: tokens(3),
    does: 'resets the connection (RST) after N tokens',
  },
  {
    name: 'stall-after',
    kind: 'midway',
    argument: tokens(3),
    does: 'says nothing more after N tokens, connection open',
  },
  {
    name: 'malformed-after',
    kind: 'midway',
    argument: tokens(3),
    does: 'after N tokens one event holds broken JSON; goes on after it',
  },
  {
    name: 'error-after',
    kind: 'midway',
    argument: tokens(3),
    does: 'after N tokens an error event of the dialect, then the end',
  },
  {
    name: 'giant-line',
    kind: 'midway',
    argument: mebibytes(8),
    does: 'after one token an event of MIB MiB without a newline',
  },

  {
    name: 'split',
    kind: 'framing',
    does: 'writes 1 to 7 bytes at a time: cuts inside events and inside UTF-8',
  },
  {
    name: 'coalesce',
    kind: 'framing',
    argument: { name: 'N', unit: 'events', fallback: 16 },
    does: 'N events in one write',
  },
  { name: 'trickle', kind: 'framing', argument: milliseconds(100), does: 'one byte each MS' },
  { name: 'gzip-anyway', kind: 'framing', does: 'content-encoding: gzip although nobody accepts it' },
  {
    name: 'wrong-length-long',
    kind: 'framing',
    argument: bytes(100),
    does: 'content-length promises BYTES more than come, then FIN',
  },
  {
    name: 'wrong-length-short',
    kind: 'framing',
    argument: bytes(20),
    does: 'BYTES more come than content-length says (a stream: all but BYTES)',
  },
  {
    name: 'early-headers',
    kind: 'framing',
    does: 'headers and the opening event leave before the prompt is read',
  },

  {
    name: 'no-done',
    kind: 'content',
    does: 'a stream with its finish reason but without [DONE] or message_stop',
  },
  {
    name: 'no-finish',
    kind: 'content',
    does: 'a stream that ends cleanly with neither finish reason nor [DONE]',
  },
  { name: 'no-usage', kind: 'content', does: 'no token counts anywhere in the answer' },
  {
    name: 'lying-usage',
    kind: 'content',
    argument: { name: 'FACTOR', unit: 'times', fallback: 10 },
    does: 'token counts FACTOR times the truth',
  },
  { name: 'tokens', kind: 'content', argument: tokens(32), does: 'answers with N tokens (not a fault)' },
  {
    name: 'tools',
    kind: 'content',
    argument: { name: 'N', unit: 'calls', fallback: 1 },
    does: 'answers with N tool calls if the request offers tools (not a fault)',
  },
  {
    name: 'reasoning',
    kind: 'content',
    argument: tokens(8),
    does: 'thinks N tokens before it answers (not a fault)',
  },

  { name: 'slow-ttft', kind: 'pace', argument: milliseconds(1000), does: 'the first token comes MS later' },
  { name: 'slow-tokens', kind: 'pace', argument: milliseconds(200), does: 'MS between tokens' },

  {
    name: 'extra-bytes',
    kind: 'after',
    argument: milliseconds(5),
    does: 'MS after the answer an unasked response on the same connection',
  },
  {
    name: 'close-idle',
    kind: 'after',
    argument: milliseconds(0),
    does: 'closes the kept-alive connection MS after the answer, unannounced',
  },
] as const satisfies readonly (Omit<FaultWord, 'argument'> & { argument?: FaultArgument })[]

export type FaultName = (typeof words)[number]['name']

export const faultVocabulary: readonly (FaultWord & { readonly name: FaultName })[] = words.map((word) => ({
  name: word.name,
  kind: word.kind,
  argument: 'argument' in word ? word.argument : undefined,
  does: word.does,
}))

export const faultNames: readonly FaultName[] = faultVocabulary.map((word) => word.name)

const byName: ReadonlyMap<string, FaultWord & { readonly name: FaultName }> = new Map(
  faultVocabulary.map((word) => [word.name, word]),
)

export function findFault(name: string): (FaultWord & { readonly name: FaultName }) | undefined {
  return byName.get(name)
}
