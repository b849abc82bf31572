// The faults that the gateway must survive, as a list: each with the tests that hold what then happens. Read it to know what is
// promised; cases.test.ts demands that every sentence is the title of a test in the file beside it.
//
// 46, a guard that is down, slow or answers nonsense, is missing: nothing asks a guard yet, so there is nothing to test.

export interface FaultCase {
  readonly number: number
  /** In `test/`. */
  readonly file: string
  readonly titles: readonly [string, ...string[]]
}

function list(
  file: string,
  titles: Readonly<Record<number, string | readonly [string, ...string[]]>>,
): FaultCase[] {
  return Object.entries(titles).map(([number, title]) => ({
    ...{ number: Number(number), file },
    titles: typeof title === 'string' ? [title] : title,
  }))
}

export const FAULT_CASES: readonly FaultCase[] = [
  // Backends that are not there.
  ...list('faults/cases/gone.test.ts', {
    1: 'a backend that refuses connections is passed over; when all refuse, the caller gets a server error',
    2: 'a backend that accepts and never answers loses the request to another, and its connection is closed',
    3: 'a backend that resets before its first byte loses the request to another, and the record counts both',
  }),
  // Answers that begin and go wrong.
  ...list('faults/cases/midway.test.ts', {
    4: 'a backend killed in the middle of a stream ends it with an error the client raises',
    5: 'a backend that falls silent in the middle is cut off by the idle clock with an error event',
    6: 'a trickle of single bytes is no silence, but the total time still holds',
    7: 'an event that is not JSON never reaches the client, and the stream ends with an error event',
    8: 'a line of a hundred megabytes is cut at the size of an event, and memory stays where it was',
    9: 'a stream that ends with its finish reason and no terminator is complete, and gets its terminator',
    10: [
      'a stream that ends with neither finish reason nor terminator is an interrupted one',
      'a large answer without a length, whose connection ends in its middle, does not end well for its caller',
    ],
  }),
  // Answers that are not what they say they are.
  ...list('faults/cases/answers.test.ts', {
    11: [
      'an answer shorter than its announced length is an error, never half an answer with status 200',
      'what comes behind the announced end of an answer poisons nobody',
    ],
    12: 'an answer nobody asked for, on an idle connection, is matched to no other caller',
    13: 'an error in the body of a 200 is an error to the client, not an answer without choices',
    17: 'a redirect is never followed: the answer is an error and nobody asks the other place',
  }),
  // Backends that say no.
  ...list('faults/cases/refusals.test.ts', {
    14: [
      'a backend that says 429 is left alone for as long as it asked, and the other answers',
      'when every backend says 429 the caller is told the same, and when to come back',
    ],
    15: [
      'a backend that is loading or has a full queue of its own is busy, not broken',
      'when every backend is busy the caller gets a 503 that says when to come back',
    ],
    16: [
      'a backend without the model sends the request on and stays in good health',
      'a model that no backend has is a 404 the client raises as such',
    ],
  }),
  // Callers that leave, or stay and do not read.
  ...list('faults/cases/leaving.test.ts', {
    18: 'a caller that leaves in the middle of a stream stops the generation and is recorded as gone',
    19: 'a caller that leaves while it waits in the queue never reaches a backend',
    21: 'a caller that does not read holds the backend back, fills no memory, and is cut off in the end',
  }),
  ...list('faults/half-close.test.ts', {
    20: 'a caller that sends a FIN behind its request gets its whole answer',
  }),
  // Requests that are slow, too large, or made to be read in two ways.
  ...list('faults/cases/heads.test.ts', {
    22: 'a head that drips in is closed within its time, with many of them open others are served',
    23: 'a body that drips in is refused within its time',
    24: 'a head over its limit is a 431, in one long line as in three thousand short ones',
    32: 'a request that two readers could frame differently is refused',
    33: 'what Node accepts and a router could be misled by is refused',
    34: 'line breaks and NULs make no header, neither sent as one nor hidden in the name of a model',
  }),
  ...list('faults/cases/content.test.ts', {
    25: 'a body over the limit is refused before it is all here, announced or in chunks, packed or not',
    26: 'bytes that are not UTF-8 are refused, because two readers could take them for two texts',
    27: 'what is not JSON, has a wrong type or names no model is refused with the field at fault',
    28: 'a key given twice is refused: one reader takes the first, another the last',
    29: 'JSON nested two hundred thousand deep is refused and harms nobody',
    30: 'keys that every object has in its prototype are only keys',
    31: 'a number beyond the precision of JavaScript arrives at the backend digit by digit',
  }),
  // What the gateway itself stands on.
  ...list('faults/shared-limits.test.ts', {
    35: [
      'Redis killed: open limits go on with a share, closed ones say 503, and nobody waits',
      'Redis frozen: the first requests wait one timeout, the others nothing, and what it read late is taken back',
      'Redis slow: every answer later than the deadline counts as none',
      'connections reset in the middle, and a server that can only be read',
    ],
  }),
  ...list('faults/locked.test.ts', {
    36: 'while another program has locked our files no request waits or fails, and budgets and records are written later',
  }),
  ...list('faults/disk.test.ts', {
    37: [
      'a file that may not grow loses lines, no request, and counts what it loses',
      'a full disk does the same, and the log goes on when there is room again',
    ],
  }),
  ...list('faults/drain.test.ts', {
    38: [
      'a thousand streams finish within the window: none is cut, none is missing in the log, exit 0',
      'a thousand streams outlast the window: each is told so in its dialect, none is reset, each is in the log',
    ],
  }),
  ...list('faults/killed-peer.test.ts', {
    39: 'a gateway that is killed takes nothing with it that others share: they serve on, and its leases run out',
  }),
  ...list('faults/reload.test.ts', {
    40: [
      'a hundred reloads under load, half of them broken, fail no request',
      'a link that is swapped is noticed without a signal',
    ],
  }),
  ...list('faults/clock.test.ts', {
    41: [
      'requests in flight while the wall clock jumps end as ever, and their times are the real ones',
      'a whole process whose time is moved back and forth serves on',
    ],
  }),
  ...list('faults/names.test.ts', {
    42: [
      'a name that stops resolving, and does so again, costs no request',
      'a name service that hangs holds up nobody who has been there, and is asked once',
      'a name that moves to another machine is followed by the next connection',
      'an IPv6 address into nowhere delays the first connection, and no request fails',
      'a name that comes to mean a metadata service is not dialled, and only the log says why',
    ],
  }),
  ...list('faults/descriptors.test.ts', {
    43: [
      'of more callers than fit, some are served, some are told so, and none breaks anything',
      'without any descriptor left the listener lives on, and serves when there is one again',
    ],
  }),
  ...list('faults/overload.test.ts', {
    44: 'an event loop that stays behind refuses new requests, serves pages and streams, and recovers',
    45: 'a heap that fills refuses new requests before it is full, and recovers',
  }),
].toSorted((left, right) => left.number - right.number)
