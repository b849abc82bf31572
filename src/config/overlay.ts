// Lays values from flags and variables over those of the file. Still unchecked: what is given may be as wrong as what is written.
import { isMap, printPath, withValue } from './path.ts'
import type { Problem } from './problem.ts'
import { BACKEND_SETTING, type Given } from './settings.ts'

export interface Overlaid {
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** By printed path: the flag or variable that gave the value. */
  readonly origins: ReadonlyMap<string, string>
}

interface NamedBackend {
  readonly name: string
  readonly url: string
  readonly kind?: string | undefined
}

export function overlay(value: unknown, given: readonly Given[]): Overlaid {
  if (!isMap(value)) return { value, problems: [], origins: new Map() }
  const origins = new Map<string, string>()
  const problems: Problem[] = []
  let result: unknown = value
  for (const one of given) {
    if (one.kind === 'value') {
      result = withValue(result, one.path, one.text)
      origins.set(printPath(one.path), one.by)
      continue
    }
    const backend =
      one.kind === 'ollama' ? { name: 'ollama', url: one.text, kind: 'ollama' } : parseBackend(one.text)
    if (backend === undefined) problems.push(toBackendProblem(one.by))
    else result = putBackend(result, { backend, by: one.by, origins })
  }
  return { value: result, problems, origins }
}

/** `NAME=URL`, `NAME=URL,kind=KIND`; undefined for anything else. */
export function parseBackend(text: string): NamedBackend | undefined {
  const match = /^([^=,]+)=([^,]+)(?:,kind=([^,]+))?$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { name: match[1], url: match[2], kind: match[3] }
}

function toBackendProblem(by: string): Problem {
  return {
    path: ['backends'],
    message: `expected ${BACKEND_SETTING.argument}, for example vllm=http://10.0.0.5:8000,kind=vllm`,
    place: { kind: 'given', by },
  }
}

interface Placing {
  readonly backend: NamedBackend
  readonly by: string
  readonly origins: Map<string, string>
}

function putBackend(value: unknown, { backend, by, origins }: Placing): unknown {
  if (!isMap(value)) return value
  const backends: unknown = value['backends'] ?? []
  if (!Array.isArray(backends)) return value
  const { kind, ...rest } = backend
  const written = kind === undefined ? rest : { ...rest, kind }
  const found = backends.findIndex((entry) => isMap(entry) && entry['name'] === backend.name)
  const index = found === -1 ? backends.length : found
  for (const key of Object.keys(written)) origins.set(printPath(['backends', index, key]), by)
  const entry: unknown = { ...(found === -1 ? {} : (backends[found] as object)), ...written }
  return { ...value, backends: backends.toSpliced(index, 1, entry) }
}
