// The reference page of errors, from the error table: what a caller may see, and what to make of it.
import type { Blame } from '../../src/core/errors.ts'
import { ERROR_TABLE } from '../../src/core/errors.ts'
import type { Generator } from './generator.ts'
import { generatedNotice, markdownTable } from './generator.ts'

const FROM = 'src/core/errors.ts'

const BLAME_MEANING: Readonly<Record<Blame, string>> = {
  caller: 'The request has to change. Never counts against a service level.',
  policy: 'A limit or rule that somebody configured said no. Never counts against a service level.',
  backend: 'The model server failed. Spends the error budget of availability objectives.',
  gateway: 'Weir itself failed or was full. Spends the error budget of availability objectives.',
}

function write(): string {
  const rows = Object.entries(ERROR_TABLE).map(([code, { status, blame, retryable, message }]) => [
    `\`${code}\``,
    String(status),
    blame,
    retryable ? 'yes' : 'no',
    message,
  ])
  const blames = Object.entries(BLAME_MEANING).map(([blame, meaning]) => [blame, meaning])
  return `${generatedNotice(FROM)}# Errors

Every error a caller can meet, and every error code a request record, a log line or the label \`code\` of
\`weir_requests_total\` can hold. The code is the same in all of them; the shape around it is that of the caller's dialect.

${markdownTable(['code', 'status', 'blame', 'next backend', 'message'], rows)}
- **status** is the HTTP status. An error in the middle of a stream comes too late for one: it arrives as an error event
  of the caller's dialect, and the record keeps the status that was sent beside the code. 499 is recorded and never sent.
- **next backend** says whether Weir may try another backend, which it only does before the first byte of an answer.
- **message** may be replaced by a more exact one; it never names hosts, keys or prompts. The cause is in the log, under
  the \`x-request-id\` of the answer.

## Blame

${markdownTable(['blame', 'meaning'], blames)}`
}

export const errorsPage: Generator = { target: 'docs/reference/errors.md', from: FROM, write }
