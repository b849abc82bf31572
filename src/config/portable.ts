// The configuration as text that may be carried elsewhere: as people wrote it, with flags and variables laid over it, and with
// no secret in it. What stood in the clear becomes a reference; comments are left behind, since nobody knows what is in them.
import { stringify } from 'yaml'
import type { FieldNode } from './field-tree.ts'
import { interpolate } from './interpolate.ts'
import { isMap, printPath, type ConfigPath } from './path.ts'

export interface PortableVariable {
  readonly name: string
  /** Where it is used first. */
  readonly path: string
  /** Made up here, for a secret that stands in the clear in the file of the person. */
  readonly isInvented: boolean
}

export interface PortableSettings {
  readonly text: string
  /** What must be set where the text is read, in the order of the text. */
  readonly variables: readonly PortableVariable[]
  /** Paths as they are written in `${file:…}`. */
  readonly files: readonly string[]
}

interface Work {
  readonly variables: Map<string, PortableVariable>
  readonly files: Set<string>
}

/** Takes values as they are written, before references are filled in. */
export function toPortable(written: unknown, tree: FieldNode): PortableSettings {
  const work: Work = { variables: new Map(), files: new Set() }
  const { $schema: _, ...rest } = isMap(written) ? written : {}
  const value = carry(rest, { path: [], names: [], node: tree }, work)
  const text = stringify(value, { lineWidth: 0 })
  return { text, variables: [...work.variables.values()], files: [...work.files] }
}

interface Place {
  readonly path: ConfigPath
  /** As the path, with the names of entries instead of their positions. */
  readonly names: readonly string[]
  readonly node: FieldNode | undefined
}

function carry(value: unknown, place: Place, work: Work): unknown {
  const { path, names, node } = place
  if (typeof value === 'string') return carryText(value, place, work)
  if (Array.isArray(value)) {
    return value.map((entry: unknown, at) => {
      const name = isMap(entry) && typeof entry['name'] === 'string' ? entry['name'] : String(at + 1)
      return carry(entry, { path: [...path, at], names: [...names, name], node: node?.item }, work)
    })
  }
  if (!isMap(value)) return value
  const entries = Object.entries(value).map(([key, entry]) => {
    const inner = { path: [...path, key], names: [...names, key], node: node?.fields.get(key) }
    return [key, carry(entry, inner, work)] as const
  })
  return Object.fromEntries(entries)
}

function carryText(text: string, place: Place, work: Work): string {
  const { variables, files } = referencesOf(text)
  for (const name of variables) note(name, { path: place.path, isInvented: false }, work)
  for (const file of files) work.files.add(file)
  if (variables.size + files.size > 0 || !isSecret(text, place.node)) return text
  const name = invent(place.names, work)
  note(name, { path: place.path, isInvented: true }, work)
  return `\${env:${name}}`
}

function note(
  name: string,
  { path, isInvented }: { readonly path: ConfigPath; readonly isInvented: boolean },
  work: Work,
): void {
  if (!work.variables.has(name)) work.variables.set(name, { name, path: printPath(path), isInvented })
}

function referencesOf(text: string): {
  readonly variables: ReadonlySet<string>
  readonly files: ReadonlySet<string>
} {
  const env = new Proxy<Record<string, string>>({}, { get: () => '' })
  return interpolate(text, { env, readSecretFile: () => ({ text: '' }) })
}

/** Addresses of stores are written with their password in them; of a key that is a short form, only its value tells. */
function isSecret(text: string, node: FieldNode | undefined): boolean {
  if (node?.form === 'secret') return true
  return URL.canParse(text) && new URL(text).password !== ''
}

const PREFIX = 'WEIR_SECRET'

/** `WEIR_SECRET_ALERTS_RECEIVERS_ONCALL_URL`. */
function invent(names: readonly string[], { variables }: Work): string {
  const steps = names.map((name) =>
    name
      .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .toUpperCase(),
  )
  const name = [PREFIX, ...steps].join('_')
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}_${count}`
    if (!variables.has(candidate)) return candidate
  }
}
