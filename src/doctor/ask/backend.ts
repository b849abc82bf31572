// A backend as the doctor asks it: by pages that load no model and keep none awake. What it is found to be, and what it lists.
import { backendOf, type Asked, type Backend } from '../check.ts'
import type { Told } from './asker.ts'
import { field, listAt, parseJson, textAt } from './json.ts'

export type Kind = Backend['kind']

/** A page of the backend this is about, with its own credential. */
export function askBackend(
  asked: Asked,
  path: string,
  headers?: Readonly<Record<string, string>>,
): Promise<Told> {
  const { urlFor, headers: credential } = asked.setup.hands.reach(backendOf(asked))
  return asked.asker.ask({ url: urlFor(path), headers: headers ?? credential })
}

/** The page by which a backend lists its models: the one question that every kind answers. */
export const LISTING: Readonly<Record<Kind, string>> = {
  ollama: '/api/tags',
  vllm: '/v1/models',
  llamacpp: '/v1/models',
  openai: '/v1/models',
  anthropic: '/v1/models',
  simulator: '/v1/models',
}

export function askListing(asked: Asked): Promise<Told> {
  return askBackend(asked, LISTING[backendOf(asked).kind])
}

/** Undefined where the answer is no list. */
export function modelsOf(kind: Kind, told: Told): readonly string[] | undefined {
  if (!('page' in told) || told.page.status !== 200) return undefined
  const isOllama = kind === 'ollama'
  const entries = listAt(parseJson(told.page.text), isOllama ? 'models' : 'data')
  return entries?.flatMap((entry) => textAt(entry, isOllama ? 'name' : 'id') ?? [])
}

/** Which kind of server it shows itself to be; undefined when nothing tells. */
export async function recognise(asked: Asked): Promise<Kind | undefined> {
  const [listed, version, greeting] = await Promise.all([
    askBackend(asked, '/v1/models'),
    askBackend(asked, '/api/version'),
    askBackend(asked, '/'),
  ])
  const owner = ownerOf(listed)
  if (owner === 'vllm' || owner === 'llamacpp') return owner
  const says = 'page' in greeting ? greeting.page.text : ''
  const isOllama = isOk(version) && textAt(jsonOf(version), 'version') !== undefined
  if (isOllama && (says.includes('Ollama') || owner === 'library')) return 'ollama'
  return isOk(listed) && listAt(jsonOf(listed), 'data') !== undefined ? 'openai' : undefined
}

function ownerOf(told: Told): string | undefined {
  return textAt(listAt(jsonOf(told), 'data')?.[0], 'owned_by')
}

export function isOk(told: Told): boolean {
  return 'page' in told && told.page.status === 200
}

export function jsonOf(told: Told): unknown {
  return 'page' in told ? parseJson(told.page.text) : undefined
}

export interface Running {
  readonly name: string
  readonly bytes: number
  readonly vramBytes: number
}

/** What an Ollama has in memory; undefined for kinds that do not tell. */
export async function askRunning(asked: Asked): Promise<readonly Running[] | undefined> {
  if (backendOf(asked).kind !== 'ollama') return undefined
  const entries = listAt(jsonOf(await askBackend(asked, '/api/ps')), 'models')
  return entries?.flatMap((entry) => {
    const name = textAt(entry, 'name')
    if (name === undefined) return []
    return [{ name, bytes: numberAt(entry, 'size'), vramBytes: numberAt(entry, 'size_vram') }]
  })
}

function numberAt(value: unknown, key: string): number {
  const found = field(value, key)
  return typeof found === 'number' ? found : 0
}

/** Where each kind says its version, and under which key. */
const VERSION_PAGES: Readonly<Partial<Record<Kind, readonly [path: string, key: string]>>> = {
  ollama: ['/api/version', 'version'],
  vllm: ['/version', 'version'],
  // `b4719-73e2ed3c`: the number of the build, and the commit.
  llamacpp: ['/props', 'build_info'],
}

export async function askVersion(
  asked: Asked,
): Promise<{ readonly version: string | undefined } | undefined> {
  const found = VERSION_PAGES[backendOf(asked).kind]
  if (found === undefined) return undefined
  const [path, key] = found
  return { version: textAt(jsonOf(await askBackend(asked, path)), key) }
}
