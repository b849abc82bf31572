// Faults that strike while a stream is being sent, after N tokens. Whole answers are in faults-whole.ts.

import type { Exchange } from './exchange.ts'
import type { FaultSet } from './fault-set.ts'
import type { FaultName } from './faults.ts'
import type { Step, StreamVoice } from './job.ts'
import type { Wire } from './wire.ts'

export const MIDWAY_MESSAGE = 'the simulated model broke'
const MIB = 1024 * 1024
const GIANT_PIECE = 'a'.repeat(64 * 1024)
const GIANT_MARK = '\u2042giant\u2042'
/** The giant event comes after this many tokens. */
const GIANT_AFTER_TOKENS = 1

export interface Speech {
  readonly x: Exchange
  readonly wire: Wire
  readonly voice: StreamVoice
}

/** Each returns true when the answer is over. */
type Strike = (speech: Speech) => Promise<boolean>

const strikes: Readonly<Partial<Record<FaultName, Strike>>> = {
  'cut-after': ({ x }) => {
    x.cut()
    return Promise.resolve(true)
  },
  'reset-after': async ({ x }) => {
    await x.reset()
    return true
  },
  'stall-after': async ({ x }) => {
    await x.waitForLeave()
    return true
  },
  'malformed-after': async ({ x, wire, voice }) => {
    await wire.write(voice.malformed())
    return x.gone
  },
  'error-after': async (speech) => {
    await sayError(speech)
    return true
  },
}

/** An error in the words of the dialect, and nothing after it. */
export async function sayError({ x, wire, voice }: Speech): Promise<void> {
  x.outcome = 'error'
  await wire.write(voice.error(MIDWAY_MESSAGE))
  await wire.end()
}

/** The faults due before the token with this index (0 is the first). */
function dueAt(faults: FaultSet, index: number): FaultName[] {
  const due: FaultName[] = []
  for (const [name, arg] of faults) if (strikes[name] !== undefined && arg === index) due.push(name)
  return due
}

/** True when the answer is over. */
export async function strikeBefore(speech: Speech, index: number): Promise<boolean> {
  for (const name of dueAt(speech.x.faults, index)) {
    await speech.wire.flush()
    if (speech.x.gone || (await strikes[name]?.(speech)) === true) return true
  }
  return speech.x.gone
}

/** One event whose text is many MiB, written in pieces at the pace of the reader. */
export async function sayGiant(speech: Speech, step: Step, index: number): Promise<void> {
  const mebibytes = speech.x.faults.get('giant-line')
  if (mebibytes === undefined || index !== GIANT_AFTER_TOKENS) return
  const event = speech.voice.step({ ...step, kind: 'text', text: GIANT_MARK, first: false, last: false })
  const [before = '', after = ''] = event.split(GIANT_MARK)
  await speech.wire.write(before)
  await writeGiant(speech.wire, speech.x, mebibytes)
  await speech.wire.write(after)
}

export async function writeGiant(wire: Wire, x: Exchange, mebibytes: number): Promise<void> {
  for (let written = 0; written < mebibytes * MIB && !x.gone; written += GIANT_PIECE.length) {
    await wire.write(GIANT_PIECE)
  }
}
