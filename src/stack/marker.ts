// What the folder of a stack remembers of the files written into it: one manifest with a hash for each. It judges no file.
//
// One manifest instead of a line in each file, because JSON has no comments and a file that is no longer made has nobody who
// would look for it. Hashes are of the text with plain newlines: a checkout that turns them into CRLF edits nothing.
import { createHash } from 'node:crypto'
import { isPlainPath } from './path.ts'
import { STACK_TARGETS, type StackTarget } from './stack.ts'

export const MANIFEST_FILE = '.weir-stack.json'

export interface Manifest {
  readonly target: StackTarget
  /** By path: of the text as it was written. */
  readonly files: ReadonlyMap<string, string>
}

const ABOUT =
  'What "weir stack init" wrote here, to tell it from what people changed. Keep it with the files; without it every file counts as changed.'

const JSON_INDENT = 2
const HASH = /^sha256:[0-9a-f]{64}$/
const CRLF = /\r\n/g

export function toPlainNewlines(text: string): string {
  return text.replace(CRLF, '\n')
}

export function hashOf(text: string): string {
  return `sha256:${createHash('sha256').update(toPlainNewlines(text)).digest('hex')}`
}

export function printManifest({ target, files }: Manifest): string {
  const sorted = [...files].toSorted(([left], [right]) => (left < right ? -1 : 1))
  return `${JSON.stringify({ about: ABOUT, target, files: Object.fromEntries(sorted) }, null, JSON_INDENT)}\n`
}

/** Undefined where it is not one that was printed here: whoever reads it must then take every file for somebody else's. */
export function parseManifest(text: string): Manifest | undefined {
  const value = parseJson(text)
  if (!isObject(value) || !isObject(value['files'])) return undefined
  const target = STACK_TARGETS.find((name) => name === value['target'])
  if (target === undefined) return undefined
  const files = new Map<string, string>()
  for (const [path, hash] of Object.entries(value['files'])) {
    if (typeof hash !== 'string' || !HASH.test(hash) || !isPlainPath(path)) return undefined
    files.set(path, hash)
  }
  return { target, files }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
