// The body of an error in each API, as the server being pretended would write it. One table; nothing else spells errors.

import type { ApiFamily } from '../job.ts'
import type { ServerKind } from '../profile.ts'

export interface Trouble {
  readonly status: number
  readonly message: string
  readonly param?: string | undefined
}

interface Spelling {
  readonly openai: readonly [type: string, code: string | null]
  readonly ollama: string
  readonly vllm: string
  readonly llamacpp: string
  readonly anthropic: string
}

const spellings: Readonly<Record<number, Spelling>> = {
  400: {
    openai: ['invalid_request_error', null],
    ollama: 'invalid_request_error',
    vllm: 'BadRequestError',
    llamacpp: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  401: {
    openai: ['invalid_request_error', 'invalid_api_key'],
    ollama: 'authentication_error',
    vllm: 'AuthenticationError',
    llamacpp: 'authentication_error',
    anthropic: 'authentication_error',
  },
  404: {
    openai: ['invalid_request_error', 'model_not_found'],
    ollama: 'not_found_error',
    vllm: 'NotFoundError',
    llamacpp: 'not_found_error',
    anthropic: 'not_found_error',
  },
  413: {
    openai: ['invalid_request_error', null],
    ollama: 'invalid_request_error',
    vllm: 'BadRequestError',
    llamacpp: 'invalid_request_error',
    anthropic: 'request_too_large',
  },
  429: {
    openai: ['requests', 'rate_limit_exceeded'],
    ollama: 'rate_limit_error',
    vllm: 'RateLimitError',
    llamacpp: 'unavailable_error',
    anthropic: 'rate_limit_error',
  },
  503: {
    openai: ['server_error', 'server_overloaded'],
    ollama: 'api_error',
    vllm: 'ServiceUnavailableError',
    llamacpp: 'unavailable_error',
    anthropic: 'overloaded_error',
  },
}

const serverSpelling: Spelling = {
  openai: ['server_error', null],
  ollama: 'api_error',
  vllm: 'InternalServerError',
  llamacpp: 'server_error',
  anthropic: 'api_error',
}

function toOpenAiError(kind: ServerKind, trouble: Trouble): Record<string, unknown> {
  const { status, message, param = null } = trouble
  const spelling = spellings[status] ?? serverSpelling
  switch (kind) {
    case 'vllm':
      return { message, type: spelling.vllm, param, code: status }
    case 'llamacpp':
      return { code: status, message, type: spelling.llamacpp }
    case 'ollama':
      return { message, type: spelling.ollama, param: null, code: null }
    case 'openai':
    case 'anthropic':
      return { message, type: spelling.openai[0], param, code: spelling.openai[1] }
  }
}

function toAnthropicError(trouble: Trouble): Record<string, unknown> {
  const { anthropic } = spellings[trouble.status] ?? serverSpelling
  return { type: 'error', error: { type: anthropic, message: trouble.message }, request_id: 'req_sim' }
}

/** The JSON body of an error, as text. */
export function toErrorBody(api: ApiFamily, kind: ServerKind, trouble: Trouble): string {
  if (api === 'ollama') return JSON.stringify({ error: trouble.message })
  if (api === 'anthropic') return JSON.stringify(toAnthropicError(trouble))
  return JSON.stringify({ error: toOpenAiError(kind, trouble) })
}

/** Anthropic has a status of its own for a server that is too busy. */
export function toErrorStatus(api: ApiFamily, status: number): number {
  const ANTHROPIC_OVERLOADED = 529
  return api === 'anthropic' && status === 503 ? ANTHROPIC_OVERLOADED : status
}

export function toNotFoundMessage(kind: ServerKind, model: string): string {
  switch (kind) {
    case 'ollama':
      return `model '${model}' not found`
    case 'anthropic':
      return `model: ${model}`
    case 'openai':
      return `The model \`${model}\` does not exist or you do not have access to it.`
    case 'vllm':
    case 'llamacpp':
      return `The model \`${model}\` does not exist.`
  }
}
