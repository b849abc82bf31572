// Which models there are, as each kind of server lists them: /v1/models, /api/tags, /api/ps, /api/show.

import { createHash } from 'node:crypto'
import { toNotFoundMessage, toErrorBody } from '../dialects/errors.ts'
import { MODEL_PREFIX, parseModelFaults } from '../fault-set.ts'
import { faultNames } from '../faults.ts'
import { toText } from '../json.ts'
import { type ModelProfile, toModelProfile } from '../profile.ts'
import type { Site } from '../site.ts'
import { type Page, type PageAnswer, toJsonAnswer } from './page.ts'

const CENTURY_MS = 100 * 365 * 86_400_000

function listedModels(site: Site): ModelProfile[] {
  const { models, listFaultModels } = site.profile
  const extra = listFaultModels ? faultNames.map((name) => MODEL_PREFIX + name) : []
  return [
    ...models,
    ...extra.filter((name) => !models.some((model) => model.name === name)).map(toModelProfile),
  ]
}

/** The model that would serve this name, or undefined. Words of the simulator are always known. */
export function findModel(site: Site, name: string): ModelProfile | undefined {
  const known = site.engine.find(name)
  if (known !== undefined) return known
  if (name.startsWith(MODEL_PREFIX)) {
    parseModelFaults(name)
    return toModelProfile(name)
  }
  return site.profile.strictModels ? undefined : toModelProfile(name)
}

function toOpenAiModel(site: Site, model: ModelProfile): Record<string, unknown> {
  const created = Math.floor(site.startedAtMs / 1000)
  const common = { id: model.name, object: 'model', created }
  switch (site.profile.kind) {
    case 'vllm':
      return {
        ...common,
        owned_by: 'vllm',
        root: model.name,
        parent: null,
        max_model_len: model.contextTokens,
        permission: [],
      }
    case 'llamacpp':
      return {
        ...common,
        owned_by: 'llamacpp',
        meta: { n_ctx_train: model.contextTokens, size: model.sizeBytes },
      }
    case 'ollama':
      return { ...common, owned_by: 'library' }
    case 'openai':
    case 'anthropic':
      return { ...common, owned_by: 'simulator' }
  }
}

function toAnthropicModel(site: Site, model: ModelProfile): Record<string, unknown> {
  const created_at = new Date(site.startedAtMs).toISOString()
  return { type: 'model', id: model.name, display_name: model.name, created_at }
}

const listModels: Page = {
  method: 'GET',
  path: '/v1/models',
  kinds: ['openai', 'ollama', 'vllm', 'llamacpp', 'anthropic'],
  render: (site, { fromAnthropic }) => {
    const models = listedModels(site)
    if (!fromAnthropic)
      return toJsonAnswer({ object: 'list', data: models.map((model) => toOpenAiModel(site, model)) })
    const data = models.map((model) => toAnthropicModel(site, model))
    const ends = { first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null }
    return toJsonAnswer({ data, has_more: false, ...ends })
  },
}

const showModel: Page = {
  method: 'GET',
  path: '/v1/models/',
  kinds: ['openai', 'ollama', 'vllm', 'anthropic'],
  render: (site, { rest, fromAnthropic }) => {
    const model = findModel(site, rest)
    if (model === undefined) return toNotFound(site, rest, fromAnthropic)
    return toJsonAnswer(fromAnthropic ? toAnthropicModel(site, model) : toOpenAiModel(site, model))
  },
}

function toNotFound(site: Site, name: string, fromAnthropic: boolean): PageAnswer {
  const trouble = { status: 404, message: toNotFoundMessage(site.profile.kind, name), param: 'model' }
  const body = toErrorBody(fromAnthropic ? 'anthropic' : 'openai', site.profile.kind, trouble)
  return { ...toJsonAnswer({}, 404), body }
}

function toDetails(model: ModelProfile): Record<string, unknown> {
  return {
    parent_model: '',
    format: 'gguf',
    family: model.family,
    families: [model.family],
    parameter_size: model.parameterSize,
    quantization_level: model.quantization,
  }
}

function toOllamaModel(model: ModelProfile): Record<string, unknown> {
  const digest = createHash('sha256').update(model.name).digest('hex')
  return { name: model.name, model: model.name, size: model.sizeBytes, digest, details: toDetails(model) }
}

const tags: Page = {
  method: 'GET',
  path: '/api/tags',
  kinds: ['ollama'],
  render: (site) => {
    const modified_at = new Date(site.startedAtMs).toISOString()
    return toJsonAnswer({
      models: listedModels(site).map((model) => ({ ...toOllamaModel(model), modified_at })),
    })
  },
}

const running: Page = {
  method: 'GET',
  path: '/api/ps',
  kinds: ['ollama'],
  render: (site) => {
    const models = site.engine.loadedModels().map(({ profile, expiresAtMs }) => ({
      ...toOllamaModel(profile),
      // "For ever" has to be a date here; Ollama picks one far away too.
      expires_at: new Date(
        Number.isFinite(expiresAtMs) ? expiresAtMs : site.startedAtMs + CENTURY_MS,
      ).toISOString(),
      size_vram: profile.sizeVramBytes,
      context_length: profile.contextTokens,
    }))
    return toJsonAnswer({ models })
  },
}

const show: Page = {
  method: 'POST',
  path: '/api/show',
  kinds: ['ollama'],
  render: (site, { body }) => {
    const name = toText(body['model']) || toText(body['name'])
    const model = name === '' ? undefined : findModel(site, name)
    if (model === undefined) return toJsonAnswer({ error: toNotFoundMessage('ollama', name) }, 404)
    return toJsonAnswer({
      modelfile: `# a model that only pretends\nFROM ${model.name}`,
      parameters: '',
      template: '{{ .Prompt }}',
      details: toDetails(model),
      model_info: {
        'general.architecture': model.family,
        [`${model.family}.context_length`]: model.contextTokens,
      },
      capabilities: model.capabilities,
      modified_at: new Date(site.startedAtMs).toISOString(),
    })
  },
}

export const cataloguePages: readonly Page[] = [listModels, showModel, tags, running, show]
