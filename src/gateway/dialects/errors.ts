// How errors look in each dialect, so that the official SDKs raise the class their users expect. Pure.
import type { WeirError } from '../../core/errors.ts'

const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const FIRST_SERVER_STATUS = 500

export function toOpenAiErrorBody(error: WeirError): string {
  const type =
    OPENAI_TYPES[error.status] ?? (error.status < FIRST_SERVER_STATUS ? 'invalid_request_error' : 'api_error')
  return JSON.stringify({
    error: { message: error.message, type, param: error.param ?? null, code: error.code },
  })
}

export function toAnthropicErrorBody(error: WeirError, requestId: string): string {
  const type =
    ANTHROPIC_TYPES[error.status] ??
    (error.status < FIRST_SERVER_STATUS ? 'invalid_request_error' : 'api_error')
  return JSON.stringify({ type: 'error', error: { type, message: error.message }, request_id: requestId })
}

/** Ollama's clients print the error as it is: an object would become `[object Object]`. */
export function toOllamaErrorBody(error: WeirError): string {
  return JSON.stringify({ error: error.message })
}
