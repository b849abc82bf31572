// Whether two runs may be held against each other at all: what was different besides the server. Pure.
import type { LoadDocument } from '../baseline/document.ts'
import type { NamedDocument } from '../baseline/file.ts'

/** Sentences, the gravest first; none when all is alike. */
export function findDifferences(
  base: readonly NamedDocument[],
  fresh: readonly NamedDocument[],
): readonly string[] {
  const all = [...base, ...fresh]
  const [first] = base
  if (first === undefined) return []
  const others = all.slice(1)
  const told = FACTS.flatMap(({ name, of, because = '' }) => {
    const usual = of(first.document)
    const other = others.find(({ document }) => of(document) !== usual)
    return other === undefined
      ? []
      : [`${name} differs: ${usual} in ${first.file}, ${of(other.document)} in ${other.file}${because}`]
  })
  const partial = all
    .filter(({ document }) => document.results['isPartial'] === true)
    .map(({ file }) => `${file} is of a run that was stopped early`)
  const doubted = all
    .filter(({ document }) => hasDoubts(document))
    .map(({ file }) => `the generator of ${file} was not to be trusted, as its run said`)
  return [...all.flatMap(tellSilent), ...told, ...partial, ...doubted]
}

/** A run without an answer has no times to compare; what became of its requests says why. */
function tellSilent({ file, document: { results } }: NamedDocument): readonly string[] {
  const { requests, answered, errors } = results
  if (answered !== 0) return []
  const reasons = (Array.isArray(errors) ? errors : []).map(
    (error: { readonly code?: unknown; readonly count?: unknown }) =>
      `${String(error.count)} x ${String(error.code)}`,
  )
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
  return [`none of the ${String(requests)} requests of ${file} was answered${why}`]
}

interface Fact {
  readonly name: string
  readonly of: (document: LoadDocument) => string
  readonly because?: string
}

const NOT_COMPARABLE = '; times of another load say nothing about the server'

const FACTS: readonly Fact[] = [
  {
    name: 'the rate or the number of callers',
    of: ({ load }) => printPace(load.pace),
    because: NOT_COMPARABLE,
  },
  { name: 'the model', of: ({ target }) => target.model, because: NOT_COMPARABLE },
  { name: 'the API', of: ({ target }) => target.api, because: NOT_COMPARABLE },
  { name: 'the length of prompts', of: ({ load }) => load.promptTokens, because: NOT_COMPARABLE },
  {
    name: 'the length of answers',
    of: ({ load }) => load.maxTokens ?? 'as the model likes',
    because: NOT_COMPARABLE,
  },
  { name: 'the share of streams', of: ({ load }) => String(load.streamRatio), because: NOT_COMPARABLE },
  {
    name: 'how much may be under way',
    of: ({ load }) => `${load.maxInFlight} within ${load.timeoutMs} ms`,
  },
  { name: 'the warm-up', of: ({ load }) => `${load.warmUpMs} ms` },
  {
    name: 'what counts as good',
    of: ({ objectives }) =>
      objectives.map(({ kind, thresholdMs }) => `${kind} ${thresholdMs} ms`).join(', ') || 'any answer',
  },
  {
    name: 'the machine that sent',
    of: ({ machine }) => `${machine.cores} x ${machine.cpu}, ${toGib(machine.memoryBytes)} GiB`,
  },
  { name: 'the system', of: ({ machine }) => machine.os },
  { name: 'Node', of: ({ machine }) => machine.node },
  { name: 'the seed, so the prompts', of: ({ load }) => String(load.seed) },
]

function printPace(pace: LoadDocument['load']['pace']): string {
  return pace.kind === 'open' ? `${pace.perSecond}/s (${pace.arrivals})` : `${pace.callers} callers`
}

const GIB = 1_073_741_824

function toGib(bytes: number): number {
  return Math.round(bytes / GIB)
}

function hasDoubts({ results }: LoadDocument): boolean {
  const { doubts } = (results['generator'] ?? {}) as { readonly doubts?: unknown }
  return Array.isArray(doubts) && doubts.length > 0
}
