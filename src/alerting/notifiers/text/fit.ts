// Fits a message into the room a service gives it: what matters most stays, the rest is cut from the end, and a note says so. Pure.
import { cut, type Room } from './cut.ts'

/** A block of text with markup around it that is never cut. */
export interface Block {
  readonly before?: string
  readonly text: string
  readonly after?: string
}

export interface Layout {
  /** Stays as it is; its author keeps it short. */
  readonly head: readonly string[]
  /** The most important first. */
  readonly body: readonly Block[]
  /** Links and the like: whole or not at all. */
  readonly tail: readonly string[]
}

export interface Fitted {
  readonly head: readonly string[]
  readonly body: readonly string[]
  /** Undefined where nothing was left out. */
  readonly note: string | undefined
  readonly tail: readonly string[]
}

export interface Fitting extends Room {
  /** What each block costs beside its text: what separates it from the next, or the element it becomes. */
  readonly perBlock: number
  /** Says that something was left out. */
  readonly note: string
}

/** Less of a sentence tells nothing. */
const LEAST_OF_BLOCK = 24

export function fit({ head, body, tail }: Layout, fitting: Fitting): Fitted {
  const { max, measure, perBlock, note } = fitting
  const costOf = (text: string): number => measure(text) + perBlock
  const sum = (texts: readonly string[]): number => texts.reduce((total, text) => total + costOf(text), 0)
  const whole = body.map(toText)
  if (sum(head) + sum(whole) + sum(tail) <= max) return { head, body: whole, note: undefined, tail }
  let left = max - sum(head) - costOf(note)
  const kept: string[] = []
  // Half of the room is for what happened, whatever comes with it.
  for (const text of tail) if (sum([...kept, text]) <= left / 2) kept.push(text)
  left -= sum(kept)
  const taken: string[] = []
  for (const block of body) {
    const text = toText(block)
    if (costOf(text) <= left) {
      taken.push(text)
      left -= costOf(text)
      continue
    }
    const room = left - costOf(toText({ ...block, text: '' }))
    if (room >= LEAST_OF_BLOCK)
      taken.push(toText({ ...block, text: cut(block.text, { max: room, measure }) }))
    break
  }
  return { head, body: taken, note, tail: kept }
}

function toText({ before = '', text, after = '' }: Block): string {
  return `${before}${text}${after}`
}

/** All of it, in the order in which it is read. */
export function blocksOf({ head, body, note, tail }: Fitted): readonly string[] {
  return [...head, ...body, ...(note === undefined ? [] : [note]), ...tail]
}
