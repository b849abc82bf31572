// What the gateway answers itself: the lists of models, merged over all backends, and the signs of life clients look for.
import type { Api } from '../dialects/api.ts'
import { ollamaChat } from '../dialects/ollama/api.ts'
import { openAiChat } from '../dialects/openai-chat/api.ts'
import type { Fleet } from '../routing/fleet.ts'
import { modelNotFound } from '../routing/not-found.ts'
import type { Patience } from '../routing/probes/page.ts'
import { fetchJson } from '../routing/probes/probe.ts'
import { modelIdOf } from './target.ts'

/** Who asks, as far as an answer depends on it. */
export interface PageContext {
  readonly target: string
  readonly fleet: Fleet
  readonly patience: Patience
  /** `/v1/models` is a path of two APIs: Anthropic's clients name the version of theirs. */
  readonly isAnthropic: boolean
  /** Whether the caller may use a model: what it may not use, it does not see. */
  mayUse(model: string): boolean
}

export interface LocalPage {
  readonly path: string
  readonly methods: readonly string[]
  readonly api: Api
  readonly contentType: string
  answer(context: PageContext): string | Promise<string>
}

const JSON_TYPE = 'application/json'
const LIST_API: Api = { ...openAiChat, operation: 'models' }
const OLLAMA_LIST_API: Api = { ...ollamaChat, operation: 'models' }

/** Kinds that list in Ollama's own shape, with size, digest and details. */
const OLLAMA_KINDS = ['ollama'] as const

/** Told to clients when no Ollama stands behind us: recent enough for every feature of the API that is passed on. */
const OLLAMA_API_VERSION = '0.12.0'

export const localPages: readonly LocalPage[] = [
  { path: '/v1/models', methods: ['GET'], api: LIST_API, contentType: JSON_TYPE, answer: listModels },
  { path: '/v1/models/{id}', methods: ['GET'], api: LIST_API, contentType: JSON_TYPE, answer: showModel },
  {
    path: '/api/tags',
    methods: ['GET', 'HEAD'],
    api: OLLAMA_LIST_API,
    contentType: JSON_TYPE,
    answer: listTags,
  },
  { path: '/api/ps', methods: ['GET'], api: OLLAMA_LIST_API, contentType: JSON_TYPE, answer: listRunning },
  {
    path: '/api/version',
    methods: ['GET', 'HEAD'],
    api: OLLAMA_LIST_API,
    contentType: JSON_TYPE,
    answer: showVersion,
  },
  {
    path: '/',
    methods: ['GET', 'HEAD'],
    api: OLLAMA_LIST_API,
    contentType: 'text/plain; charset=utf-8',
    answer: greet,
  },
]

function listModels(context: PageContext): string {
  const models = [...openAiModels(context).values()]
  if (!context.isAnthropic) return JSON.stringify({ object: 'list', data: models })
  const data = models.map(toAnthropicModel)
  const [first_id, last_id] = [data[0]?.id ?? null, data.at(-1)?.id ?? null]
  return JSON.stringify({ data, has_more: false, first_id, last_id })
}

function showModel(context: PageContext): string {
  const id = modelIdOf(context.target)
  const model = id === undefined ? undefined : openAiModels(context).get(id)
  if (model !== undefined) return JSON.stringify(context.isAnthropic ? toAnthropicModel(model) : model)
  throw modelNotFound(
    id ?? '',
    context.fleet.modelNames.filter((name) => context.mayUse(name)),
  )
}

interface OpenAiModel extends Record<string, unknown> {
  readonly id: string
  /** Seconds; 0 when its server does not say. */
  readonly created: number
}

/** ECMA-262 21.4.1.1: beyond it there are no dates. */
const MAX_DATE_MS = 8.64e15

/** A time that is not known is the epoch, as in Anthropic's own lists. */
function toAnthropicModel({ id, created }: OpenAiModel) {
  const ms = created * 1000
  const created_at = new Date(Math.abs(ms) <= MAX_DATE_MS ? ms : 0).toISOString()
  return { type: 'model', id, display_name: id, created_at }
}

function openAiModels(context: PageContext): Map<string, OpenAiModel> {
  const merged = new Map<string, OpenAiModel>()
  for (const { model, backend } of context.fleet.listedModels()) {
    if (merged.has(model.name) || !context.mayUse(model.name)) continue
    const created = typeof model.detail['created'] === 'number' ? model.detail['created'] : 0
    const extras = backend.kind === 'ollama' ? {} : model.detail
    merged.set(model.name, { ...extras, id: model.name, object: 'model', created, owned_by: backend.name })
  }
  for (const name of context.fleet.modelNames) {
    if (merged.has(name) || name.includes('*') || !context.mayUse(name)) continue
    merged.set(name, { id: name, object: 'model', created: 0, owned_by: 'weir' })
  }
  return merged
}

function listTags(context: PageContext): string {
  const merged = new Map<string, Record<string, unknown>>()
  for (const { model } of context.fleet.listedModels(OLLAMA_KINDS)) {
    if (!merged.has(model.name) && context.mayUse(model.name)) merged.set(model.name, model.detail)
  }
  for (const { model, backend } of context.fleet.listedModels()) {
    if (merged.has(model.name) || backend.kind !== 'simulator' || !context.mayUse(model.name)) continue
    merged.set(model.name, toTag(model.name))
  }
  return JSON.stringify({ models: [...merged.values()] })
}

/** An entry of `/api/tags` for a model whose server does not say more; clients read every one of these fields. */
function toTag(name: string): Record<string, unknown> {
  return {
    name,
    model: name,
    modified_at: '1970-01-01T00:00:00Z',
    size: 0,
    digest: '',
    details: {
      parent_model: '',
      format: '',
      family: '',
      families: [],
      parameter_size: '',
      quantization_level: '',
    },
  }
}

/** Asked anew each time, and of Ollama only: the page tells what is loaded and loads nothing. */
async function listRunning(context: PageContext): Promise<string> {
  const backends = context.fleet.backends.filter((backend) => backend.kind === 'ollama')
  const answers = await Promise.allSettled(
    backends.map((backend) => fetchJson(backend, '/api/ps', context.patience)),
  )
  const models = answers.flatMap((answer) => (answer.status === 'fulfilled' ? modelsOf(answer.value) : []))
  return JSON.stringify({
    models: models.filter((model) => typeof model['name'] === 'string' && context.mayUse(model['name'])),
  })
}

function modelsOf(answer: unknown): Record<string, unknown>[] {
  const models =
    typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>)['models'] : undefined
  return Array.isArray(models) ? (models as Record<string, unknown>[]) : []
}

/** The oldest of the Ollamas behind us: a client may then rely on it whichever answers. */
function showVersion(context: PageContext): string {
  const versions = context.fleet.backends.flatMap((backend) => backend.version ?? [])
  versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return JSON.stringify({ version: versions[0] ?? OLLAMA_API_VERSION })
}

/** Clients of Ollama look for exactly this sentence. */
function greet(): string {
  return 'Ollama is running'
}
