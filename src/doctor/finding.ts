// What an answer to one question looks like. Data only: printing it is the command's.

export const STATUSES = ['ok', 'warn', 'fail', 'skip'] as const
/** `skip`: it was not asked, and says why. */
export type Status = (typeof STATUSES)[number]

export interface Finding {
  readonly status: Status
  /** What was seen, without a full stop. Nothing secret ever stands in it. */
  readonly seen: string
  /** What follows from it. */
  readonly means?: string | undefined
  /** The command, or the line of a file, that mends it. */
  readonly fix?: string | undefined
}

export interface Remedy {
  readonly means: string
  readonly fix?: string | undefined
}

export function ok(seen: string): Finding {
  return { status: 'ok', seen }
}

export function warn(seen: string, remedy: Remedy): Finding {
  return { status: 'warn', seen, ...remedy }
}

export function fail(seen: string, remedy: Remedy): Finding {
  return { status: 'fail', seen, ...remedy }
}

/** `why` is the rest of a sentence that begins with "not asked:". */
export function skip(why: string, fix?: string): Finding {
  return { status: 'skip', seen: `not asked: ${why}`, fix }
}
