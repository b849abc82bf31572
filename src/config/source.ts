// A configuration file as it was written: YAML (and so JSON), its values, and where each of them stands.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
} from 'yaml'
import type { ConfigPath } from './path.ts'
import type { Place, Problem } from './problem.ts'

export interface Source {
  readonly file: string
  /** What is written, as plain values. An empty file is an empty map. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Where a key or list entry stands, or the nearest thing around it that does. */
  placeOf(path: ConfigPath): Place
}

/** Reuse of one block through many aliases multiplies; a hundred uses are plenty for a hand-written file. */
const MAX_ALIASES = 100

export function parseSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const toPlace = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { kind: 'file', file, line, column: col }
  }
  const problems = onePerLine(
    document.errors.map((error): Problem => {
      const place = toPlace(error.pos[0])
      return { path: [], message: `not valid YAML: ${error.message}`, place, advice: adviseOn(text, place) }
    }),
  )
  const placeOf = (path: ConfigPath): Place => toPlace(offsetOf(document, path))
  if (problems.length > 0) return { file, value: {}, problems, placeOf }
  const unresolved = findUnresolved(document)
  if (unresolved !== undefined) {
    const message = `not valid YAML: no &${unresolved.source} stands before this *${unresolved.source}`
    const place = toPlace(unresolved.range?.[0] ?? 0)
    return { file, value: {}, problems: [{ path: [], message, place }], placeOf }
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    return { file, value: value ?? {}, problems, placeOf }
  } catch (error) {
    // Aliases that multiply.
    const message = `not valid YAML: ${error instanceof Error ? error.message : String(error)}`
    return { file, value: {}, problems: [{ path: [], message, place: placeOf([]) }], placeOf }
  }
}

function findUnresolved(document: Document): Alias | undefined {
  let found: Alias | undefined
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      found = alias
      return visit.BREAK
    },
  })
  return found
}

/** What follows on the same line is nearly always the same mistake, seen again. */
function onePerLine(problems: readonly Problem[]): readonly Problem[] {
  const lineOf = ({ place }: Problem): number => (place?.kind === 'file' ? place.line : 0)
  return problems.filter((problem, at) => at === 0 || lineOf(problem) !== lineOf(problems[at - 1] ?? problem))
}

function adviseOn(text: string, place: Place): string | undefined {
  const line = place.kind === 'file' ? (text.split('\n')[place.line - 1] ?? '') : ''
  return /[{[,].*\$\{/.test(line) ? 'between { } and [ ], a value with ${…} needs quotes' : undefined
}

function offsetOf(document: Document, path: ConfigPath): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (typeof step === 'number') {
      if (!isSeq(node)) return offset
      node = node.items[step]
      offset = startOf(node) ?? offset
      continue
    }
    // A key that came by a merge (`<<`) stands elsewhere; the map it was merged into is near enough.
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      : undefined
    if (pair === undefined) return offset
    node = pair.value
    offset = startOf(pair.key) ?? offset
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
}
