// How the secrets of a configuration are called when they become files: `backends-openai-api-key`. It holds none of them.
import type { Config } from '../../config/resolve.ts'

type Path = readonly (string | number)[]

/** Where compose and Kubernetes put them, and where the gateway's own file looks for them. */
export const SECRETS_FOLDER = '/run/secrets'

/** As the gateway reads it: `${file:/run/secrets/NAME}`. */
export function toSecretReference(name: string): string {
  return `\${file:${SECRETS_FOLDER}/${name}}`
}

/** `$${` stands for the characters `${` and asks for nothing. */
const REFERENCE = /(?<!\$)\$\{file:\/run\/secrets\/([a-z0-9-]+)\}/g

/** The names of all secrets that a text asks for, each once, in the order of the text. */
export function findSecretNames(text: string): readonly string[] {
  return [...new Set([...text.matchAll(REFERENCE)].flatMap((match) => match[1] ?? []))]
}

/** Entries of lists are known by their names: a place in a list changes when another entry goes. */
export function toSecretName(path: Path, config: Config): string {
  const words = path.map((step, at) =>
    typeof step === 'number' ? nameOfEntry(path[at - 1], step, config) : step,
  )
  return words.map(toKebab).join('-')
}

function nameOfEntry(list: Path[number] | undefined, index: number, config: Config): string {
  const lists: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    backends: config.gateway.backends,
    receivers: config.alerting.receivers,
  }
  const entries = lists[String(list)] ?? []
  const name = entries[index]?.name
  if (name === undefined) return String(index)
  // Names that differ only in what cannot stand in the name of a file are told apart by their places.
  const isAlone = entries.filter((entry) => toKebab(entry.name) === toKebab(name)).length === 1
  return isAlone ? name : `${name}-${index}`
}

function toKebab(word: string): string {
  return word
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
