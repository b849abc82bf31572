// From the bytes that crossed the gateway to the texts that are kept: put together, redacted, bounded. Pure; run before anything
// of it waits in a queue.
import type { OmittedAnswer, RawContent } from '../../core/content.ts'
import type { StoredContent } from '../store.ts'
import { readParts, type AnswerPart } from './answer-parts.ts'
import { readDocuments } from './event-stream.ts'
import type { Redactor } from './redactor.ts'

export interface ContentOptions {
  readonly redactor: Redactor
  /** Of prompt and of answer each, in UTF-8. */
  readonly maxBytes: number
}

export function toStoredContent(raw: RawContent, { redactor, maxBytes }: ContentOptions): StoredContent {
  const prompt = bound(redactor.redact(decode(raw.prompt), { isCut: raw.promptCut }), maxBytes)
  const answer = bound(toAnswer(raw, redactor), maxBytes)
  return {
    requestId: raw.requestId,
    prompt: prompt.text,
    answer: answer.text,
    isCut: raw.promptCut || raw.answerCut || prompt.isCut || answer.isCut,
  }
}

const OMITTED: Readonly<Record<OmittedAnswer, string>> = {
  compressed: '(the backend compressed this answer; nothing of it is kept)',
  embeddings: '(embeddings; nothing of them is kept)',
}

/** Put together first: a number that came in two events shows only then. */
function toAnswer(raw: RawContent, redactor: Redactor): string {
  if (raw.answerOmitted !== undefined) return OMITTED[raw.answerOmitted]
  const text = decode(raw.answer)
  const documents = readDocuments(text)
  const parts = documents === undefined ? undefined : readParts(documents)
  if (parts === undefined) return redactor.redact(text, { isCut: raw.answerCut })
  const last = parts.length - 1
  const redacted = parts.map((part, at) => ({
    ...part,
    text: redactor.redact(part.text, { isCut: raw.answerCut && at === last }),
  }))
  return printParts(redacted)
}

/** Plain text where there is nothing else; else each part below a line that says what it is. */
export function printParts(parts: readonly AnswerPart[]): string {
  const [first] = parts
  if (first === undefined) return ''
  if (parts.length === 1 && first.kind === 'text' && first.choice === 0) return first.text
  return parts.map((part) => `--- ${headingOf(part)} ---\n${part.text}`).join('\n\n')
}

function headingOf({ kind, name, choice }: AnswerPart): string {
  const what = name === '' ? kind : `${kind}: ${name}`
  return choice === 0 ? what : `${what} (choice ${choice})`
}

const decoder = new TextDecoder('utf-8')

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

function bound(text: string, maxBytes: number): { readonly text: string; readonly isCut: boolean } {
  // A UTF-16 code unit is at most three bytes.
  if (text.length * 3 <= maxBytes) return { text, isCut: false }
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return { text, isCut: false }
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return { text: bytes.toString('utf8', 0, end), isCut: true }
}
