// The table of paths: which API a path speaks, and what is done with it. Whatever is not listed does not exist.
import { WeirError } from '../../core/errors.ts'
import type { DialectName } from '../../core/record.ts'
import { anthropicCountTokens, anthropicMessages } from '../dialects/anthropic/api.ts'
import type { Api } from '../dialects/api.ts'
import { ollamaChat, ollamaEmbed, ollamaGenerate, ollamaShow } from '../dialects/ollama/api.ts'
import { openAiChat } from '../dialects/openai-chat/api.ts'
import { openAiCompletions } from '../dialects/openai-completions/api.ts'
import { openAiEmbeddings } from '../dialects/openai-embeddings/api.ts'
import { openAiModerations } from '../dialects/openai-moderations/api.ts'
import { openAiResponses } from '../dialects/openai-responses/api.ts'
import { localPages, type LocalPage } from './local-pages.ts'
import { checkTarget, MODEL_PREFIX, pathOf } from './target.ts'

/** What a path leads to. `endpoint` is the label: the pattern, never the path itself. */
export type Route =
  | { readonly kind: 'proxy'; readonly endpoint: string; readonly api: Api }
  | { readonly kind: 'local'; readonly endpoint: string; readonly api: Api; readonly page: LocalPage }

export const PROXY_PATHS: ReadonlyMap<string, Api> = new Map([
  ['/v1/chat/completions', openAiChat],
  ['/v1/completions', openAiCompletions],
  ['/v1/embeddings', openAiEmbeddings],
  ['/v1/responses', openAiResponses],
  ['/v1/moderations', openAiModerations],
  ['/api/chat', ollamaChat],
  ['/api/generate', ollamaGenerate],
  ['/api/embed', ollamaEmbed],
  ['/api/embeddings', ollamaEmbed],
  ['/api/show', ollamaShow],
  ['/v1/messages', anthropicMessages],
  ['/v1/messages/count_tokens', anthropicCountTokens],
])

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...[...PROXY_PATHS].map(([path, api]): [string, Route] => [
    `POST ${path}`,
    { kind: 'proxy', endpoint: path, api },
  ]),
  ...localPages.flatMap((page): [string, Route][] =>
    page.methods.map((method) => [
      `${method} ${page.path}`,
      { kind: 'local', endpoint: page.path, api: page.api, page },
    ]),
  ),
])

/** `GET /v1/models/{id}`: the id may hold slashes, encoded or not. */
const MODEL_ROUTE = ROUTES.get(`GET ${MODEL_PREFIX}{id}`)

/** Paths by which Ollama's models are changed. A gateway's callers are not the owners of its backends. */
const MANAGEMENT_PATHS = new Set([
  '/api/pull',
  '/api/push',
  '/api/delete',
  '/api/create',
  '/api/copy',
  '/api/blobs',
  '/api/me',
  '/api/signout',
  '/api/user/keys',
])

/** Every route with its labels, for whoever needs to know them before the first request. */
export function listRoutes(): { method: string; endpoint: string; dialect: DialectName }[] {
  return [...ROUTES].map(([key, { endpoint, api }]) => ({
    method: key.slice(0, key.indexOf(' ')),
    endpoint,
    dialect: api.dialect,
  }))
}

/** The API whose errors a caller of this path understands, for when no route matched. */
export function apiForPath(path: string): Api {
  if (path === '/' || path.startsWith('/api/')) return ollamaChat
  return path.startsWith('/v1/messages') ? anthropicMessages : openAiChat
}

/** The methods that have a route at this path: RFC 9110 15.5.6 wants them named in a 405. */
export function methodsAt(path: string): string[] {
  const endpoint = path.startsWith(MODEL_PREFIX) ? `${MODEL_PREFIX}{id}` : path
  return ['GET', 'POST', 'HEAD'].filter((each) => ROUTES.has(`${each} ${endpoint}`))
}

/** Finds the route or throws what the caller should be told. */
export function findRoute(method: string, target: string): Route {
  const path = pathOf(target)
  const exact = ROUTES.get(`${method} ${path}`)
  // What is the path of a route and no more is in its plain form; with a query it goes on to the backend.
  if (exact !== undefined && path.length === target.length) return exact
  checkTarget(target, path)
  if (exact !== undefined) return exact
  if (method === 'GET' && path.startsWith(MODEL_PREFIX) && MODEL_ROUTE !== undefined) return MODEL_ROUTE
  if (isManagement(path)) {
    throw new WeirError('forbidden', {
      message: 'This path changes the models of a backend and is closed here.',
    })
  }
  const allowed = methodsAt(path)
  if (allowed.length > 0) {
    throw new WeirError('invalid_request', {
      status: 405,
      message: `The method ${method.slice(0, MAX_SHOWN_METHOD)} is not allowed here; use ${allowed.join(' or ')}.`,
    })
  }
  throw new WeirError('invalid_request', { status: 404, message: 'There is nothing at this path.' })
}

const MAX_SHOWN_METHOD = 20

function isManagement(path: string): boolean {
  return MANAGEMENT_PATHS.has(path) || path.startsWith('/api/blobs/')
}
