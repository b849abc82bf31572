// How far the files of a folder are from those that would be written now, for people and for programs. It changes nothing.
import { diff } from 'node:util'
import type { StackTarget } from './stack.ts'
import type { FileState, SurveyedFile } from './survey.ts'

export interface Drift {
  readonly target: StackTarget
  readonly files: readonly SurveyedFile[]
}

const MEANINGS: Readonly<Record<Exclude<FileState, 'same'>, string>> = {
  missing: 'not there',
  outdated: 'as it was written; would be written otherwise now',
  edited: 'changed by hand since it was written',
  foreign: 'not written by weir',
  extra: 'no longer part of the stack',
  blocked: 'cannot be compared',
}
const STATE_WIDTH = 'outdated'.length + 2

export function isDrift({ state }: SurveyedFile): boolean {
  return state !== 'same'
}

/** A line for each file that differs, and below it by which lines. */
export function printSurvey({ files }: Drift): string {
  return files.filter(isDrift).map(printFile).join('')
}

function printFile(file: SurveyedFile): string {
  const { path, state, made, found, isEdited, why } = file
  if (state === 'same') return ''
  const meaning = state === 'extra' && isEdited ? `${MEANINGS.extra}, and changed by hand` : MEANINGS[state]
  const head = `${state.padEnd(STATE_WIDTH)}${path}  (${why === undefined ? meaning : `${meaning}: ${why}`})\n`
  return made === undefined || found === undefined ? head : head + toUnifiedDiff(path, found, made)
}

export function toSurveyJson({ target, files }: Drift): unknown {
  return {
    target,
    drift: files.some(isDrift),
    files: files.map(({ path, state, made, found, isEdited, why }) => ({
      path,
      state,
      edited: isEdited,
      ...(why === undefined ? {} : { why }),
      ...(state === 'same' || made === undefined || found === undefined
        ? {}
        : { diff: toUnifiedDiff(path, found, made) }),
    })),
  }
}

/** Lines around a change, as diff(1) shows them. */
const CONTEXT_LINES = 3
/** Lines that differ are compared pair by pair; of texts with more than this nobody reads the difference. */
const MOST_LINES = 20_000

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
  /** From 1, in the text found and in the text made, of this line or the next one there. */
  readonly before: number
  readonly after: number
}

/** `-` is what lies there, `+` what would be written. */
export function toUnifiedDiff(path: string, found: string, made: string): string {
  const head = `--- ${path} as it is\n+++ ${path} as it would be written\n`
  const [before, after] = [toLines(found), toLines(made)]
  if (before.length + after.length > MOST_LINES) return `${head}(too long to be compared line by line)\n`
  return (
    head +
    toHunks(number(diff(before, after)))
      .map(printHunk)
      .join('')
  )
}

function toLines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n')
}

const SIGNS = { '0': ' ', '1': '-', '-1': '+' } as const

function number(entries: ReturnType<typeof diff>): readonly Line[] {
  let [before, after] = [1, 1]
  return entries.map(([operation, text]) => {
    const line = { sign: SIGNS[operation], text, before, after }
    if (line.sign !== '+') before += 1
    if (line.sign !== '-') after += 1
    return line
  })
}

function toHunks(lines: readonly Line[]): readonly (readonly Line[])[] {
  const hunks: Line[][] = []
  let end = -1
  lines.forEach(({ sign }, at) => {
    if (sign === ' ') return
    const start = Math.max(at - CONTEXT_LINES, end)
    const until = Math.min(at + CONTEXT_LINES + 1, lines.length)
    if (start > end || hunks.length === 0) hunks.push([])
    hunks.at(-1)?.push(...lines.slice(Math.max(start, 0), until))
    end = until
  })
  return hunks
}

function printHunk(lines: readonly Line[]): string {
  const [first] = lines
  const count = (sign: '-' | '+'): number =>
    lines.filter((line) => line.sign === ' ' || line.sign === sign).length
  const range = (from: number, length: number): string => `${length === 0 ? from - 1 : from},${length}`
  const before = range(first?.before ?? 1, count('-'))
  const after = range(first?.after ?? 1, count('+'))
  return `@@ -${before} +${after} @@\n${lines.map(({ sign, text }) => `${sign}${text}\n`).join('')}`
}
