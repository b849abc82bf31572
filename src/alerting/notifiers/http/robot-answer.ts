// Answers of chat robots, which say 200 to everything and the truth in the body: a number, and a sentence. Each kind has a table
// of numbers; what is in none of them is tried again, since an alert that is told twice is better than one that is told never.
import type { Delivery } from '../../notifier.ts'
import type { HttpAnswer } from './post.ts'
import type { Scrub } from './scrub.ts'

/** `ok`; `failed`: never again; a number: again after so many milliseconds; `retry`: again, whenever. */
export type Meaning =
  | { readonly result: 'ok' }
  | { readonly result: 'failed' | 'retry'; readonly why: string; readonly afterMs?: number | undefined }

export interface RobotTable {
  readonly name: string
  /** Where in the answer the number stands; the first that is there counts. */
  readonly codeKeys: readonly string[]
  readonly textKeys: readonly string[]
  readonly meanings: ReadonlyMap<number, Meaning>
}

/** Undefined where the answer is none of a robot's, or says less than its status: the status decides. */
export function judgeRobot(table: RobotTable, answer: HttpAnswer, say: Scrub): Delivery | undefined {
  const { name, meanings } = table
  const body = parse(answer.text)
  const code = valueOf(body, table.codeKeys, (value) => typeof value === 'number')
  if (code === undefined) return notARobot(name, answer)
  const meaning = meanings.get(code)
  if (!isFine(answer) && (meaning === undefined || meaning.result === 'ok')) return undefined
  if (meaning?.result === 'ok') return { result: 'delivered', answer: `${name} took it` }
  const words = say(valueOf(body, table.textKeys, (value) => typeof value === 'string') ?? '')
  const reason = `${name} answered ${code}${words === '' ? '' : `: ${words}`}`
  if (meaning === undefined) return { result: 'retry', reason, afterMs: answer.retryAfterMs }
  const { result, why, afterMs } = meaning
  if (result === 'failed') return { result, reason: `${reason} (${why})` }
  return { result, reason: `${reason} (${why})`, afterMs: answer.retryAfterMs ?? afterMs }
}

function isFine({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

function valueOf<T>(
  body: Readonly<Record<string, unknown>> | undefined,
  keys: readonly string[],
  isWanted: (value: unknown) => value is T,
): T | undefined {
  return keys.map((key) => body?.[key]).find(isWanted)
}

/** A page of somebody in between that says 200 has delivered nothing. */
function notARobot(name: string, answer: HttpAnswer): Delivery | undefined {
  if (!isFine(answer)) return undefined
  return {
    result: 'retry',
    reason: `${name} answered ${answer.status} with something that is none of its answers`,
    afterMs: undefined,
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
