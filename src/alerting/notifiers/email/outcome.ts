// What a mail server's refusal means. Its numbers say whether another try makes sense (RFC 5321 4.2.1). Pure.
import type { Delivery } from '../../notifier.ts'
import { toNoAnswer } from '../http/post.ts'
import type { Scrub } from '../http/scrub.ts'

const NAME = 'The mail server'
/** RFC 5321 4.2.2: commands in the wrong order, which says nothing of the mail. */
const BAD_SEQUENCE = 503

export function toRefusal(thrown: unknown, say: Scrub): Delivery {
  const { code, status, text } = read(thrown)
  if (status === undefined) return toUnreachable(thrown, code)
  const words = say(text)
  const reason = `${NAME} answered ${status}${words === '' ? '' : `: ${words}`}${hint(code)}`
  if (status >= 500 && status !== BAD_SEQUENCE) return { result: 'failed', reason }
  return { result: 'retry', reason, afterMs: undefined }
}

function toUnreachable(thrown: unknown, code: string | undefined): Delivery {
  if (code === 'EAUTH')
    return { result: 'failed', reason: `${NAME} takes none of the ways to log in that we know` }
  const { reason, final } = toNoAnswer(rootOf(thrown))
  if (final) return { result: 'failed', reason: `${NAME} ${reason}` }
  return { result: 'retry', reason: `${NAME} ${reason}`, afterMs: undefined }
}

/** The library puts a code of its own on errors of the system, and keeps theirs beside it. */
function rootOf(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null || !('originalCode' in thrown)) return thrown
  return { code: thrown.originalCode }
}

function hint(code: string | undefined): string {
  if (code === 'ETLS') return ' (it does not change over to TLS; see starttls)'
  return code === 'EAUTH' ? ' (user or password in smtp are not right)' : ''
}

interface Refused {
  readonly code: string | undefined
  readonly status: number | undefined
  readonly text: string
}

function read(thrown: unknown): Refused {
  const facts: { code?: unknown; responseCode?: unknown; response?: unknown } =
    typeof thrown === 'object' && thrown !== null ? thrown : {}
  const { code, responseCode, response } = facts
  return {
    code: typeof code === 'string' ? code : undefined,
    status: typeof responseCode === 'number' ? responseCode : undefined,
    // The number itself stands before it.
    text: typeof response === 'string' ? response.replace(/^\d{3}[ -]?/, '') : '',
  }
}

export function toAccepted(accepted: number, rejected: readonly string[], say: Scrub): Delivery {
  const refused = rejected.length === 0 ? '' : `, but not for ${say(rejected.join(', '))}`
  return {
    result: 'delivered',
    answer: `${NAME} took it for ${accepted === 1 ? 'one recipient' : `${accepted} recipients`}${refused}`,
  }
}
