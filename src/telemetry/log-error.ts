// An error as it may stand in a log: what it is, where it happened, what caused it. Never what a caller wrote.

export interface LogError {
  readonly type: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LogError
}

const MOST_CAUSES = 3
const MOST_MESSAGE_CHARACTERS = 500
const MOST_STACK_LINES = 12

/** V8 quotes the text that JSON.parse or decodeURI refused, and that text may be a prompt. */
function quotesItsInput(error: Error): boolean {
  return error instanceof SyntaxError || error instanceof URIError
}

function toFrames(stack: string | undefined): string | undefined {
  // The frames only: the lines above them repeat the message.
  const frames = stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return frames.length === 0 ? undefined : frames.slice(0, MOST_STACK_LINES).join('\n')
}

export function toLogError(thrown: unknown, depth = 0): LogError {
  if (!(thrown instanceof Error)) {
    // A thrown string could be anything, so only its type is said.
    return { type: thrown === null ? 'null' : typeof thrown, message: 'not an Error' }
  }
  const { name, message, stack, cause } = thrown
  const { code } = thrown as NodeJS.ErrnoException
  const frames = toFrames(stack)
  return {
    type: name,
    message: quotesItsInput(thrown)
      ? 'the input could not be parsed'
      : message.slice(0, MOST_MESSAGE_CHARACTERS),
    ...(typeof code === 'string' && { code }),
    ...(frames !== undefined && { stack: frames }),
    ...(cause !== undefined && depth < MOST_CAUSES && { cause: toLogError(cause, depth + 1) }),
  }
}
