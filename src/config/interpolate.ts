// `${env:NAME}` and `${file:/path}` in the values of a configuration file, so that secrets need not stand in it.
import { isMap, printPath, type ConfigPath } from './path.ts'
import type { Problem } from './problem.ts'

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The content of a file, or a sentence about why there is none. */
  readSecretFile(path: string): { readonly text: string } | { readonly refusal: string }
}

export interface Interpolated {
  readonly value: unknown
  /** Without a place: who calls knows the file. */
  readonly problems: readonly Problem[]
  /** By printed path: the text as it was written, to be shown instead of the value. */
  readonly written: ReadonlyMap<string, string>
  /** Names of the variables and files that were asked for. */
  readonly variables: ReadonlySet<string>
  readonly files: ReadonlySet<string>
}

interface Work {
  readonly surroundings: Surroundings
  readonly problems: Problem[]
  readonly written: Map<string, string>
  readonly variables: Set<string>
  readonly files: Set<string>
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const HOW_TO = 'write ${env:NAME} or ${file:/path}; for the characters themselves write $${'

/** Fills in every text value. Keys are left alone, and what was filled in is not looked at again. */
export function interpolate(value: unknown, surroundings: Surroundings): Interpolated {
  const work: Work = {
    surroundings,
    problems: [],
    written: new Map(),
    variables: new Set(),
    files: new Set(),
  }
  return { value: fill(value, [], work), ...work }
}

function fill(value: unknown, path: ConfigPath, work: Work): unknown {
  if (typeof value === 'string') return value.includes('${') ? fillText(value, path, work) : value
  if (Array.isArray(value)) return value.map((entry, index) => fill(entry, [...path, index], work))
  if (!isMap(value)) return value
  const entries = Object.entries(value).map(
    ([key, entry]) => [key, fill(entry, [...path, key], work)] as const,
  )
  // Not by assignment: a key called __proto__ must stay an ordinary, unknown key.
  return Object.fromEntries(entries)
}

function fillText(text: string, path: ConfigPath, work: Work): string {
  let filled = ''
  let at = 0
  for (let open = text.indexOf('${'); open !== -1; open = text.indexOf('${', at)) {
    if (text[open - 1] === '$' && open > at) {
      filled += `${text.slice(at, open - 1)}\${`
      at = open + 2
      continue
    }
    const close = text.indexOf('}', open)
    const refuse = (message: string, advice: string): string => {
      work.problems.push({ path, message, advice })
      work.written.set(printPath(path), text)
      return text
    }
    if (close === -1) return refuse('`${` without a closing `}`', HOW_TO)
    const answer = lookUp(text.slice(open + 2, close), work)
    if ('refusal' in answer) return refuse(answer.refusal, answer.advice)
    work.written.set(printPath(path), text)
    filled += text.slice(at, open) + answer.text
    at = close + 1
  }
  return filled + text.slice(at)
}

type Answer = { readonly text: string } | { readonly refusal: string; readonly advice: string }

function lookUp(expression: string, work: Work): Answer {
  const colon = expression.indexOf(':')
  const [kind, name] = [expression.slice(0, Math.max(colon, 0)), expression.slice(colon + 1)]
  if (kind === 'env' && NAME.test(name)) {
    work.variables.add(name)
    const text = work.surroundings.env[name]
    if (text !== undefined) return { text }
    return {
      refusal: `the environment variable ${name} is not set`,
      advice: `set ${name} before starting Weir`,
    }
  }
  if (kind === 'file' && name !== '') {
    const answer = work.surroundings.readSecretFile(name)
    work.files.add(name)
    if ('text' in answer) return answer
    return { refusal: `the file ${name} ${answer.refusal}`, advice: 'write the path of a readable text file' }
  }
  return { refusal: `\${${expression}} is not understood`, advice: HOW_TO }
}
