// What an error that a backend reports inside an answer means: one that came with status 200, whole or in a stream. Pure.
import { WeirError } from '../../core/errors.ts'

/** As the backend spelt it; each is missing where its API has no such field, or where it is no text and no number. */
export interface ReportedError {
  readonly type: string | undefined
  /** A word (OpenAI), or the status the answer would have had (vLLM, llama.cpp, OpenRouter). */
  readonly code: string | undefined
  readonly message: string | undefined
}

type Meaning = 'caller' | 'limited' | 'busy' | 'backend'

/** Words of OpenAI, Anthropic, vLLM and llama.cpp. Whatever is not here is the backend's own failure. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ...{ '400': 'caller', '413': 'caller', '422': 'caller' },
  ...{ '429': 'limited', '503': 'busy', '529': 'busy' },
  ...{ context_length_exceeded: 'caller', invalid_prompt: 'caller', exceed_context_size_error: 'caller' },
  ...{ invalid_image: 'caller', invalid_image_url: 'caller', image_too_large: 'caller' },
  ...{ request_too_large: 'caller', BadRequestError: 'caller', invalid_request_error: 'caller' },
  ...{ rate_limit_exceeded: 'limited', rate_limit_error: 'limited', RateLimitError: 'limited' },
  ...{ overloaded_error: 'busy', server_is_overloaded: 'busy', server_overloaded: 'busy', slow_down: 'busy' },
  ...{ unavailable_error: 'busy', ServiceUnavailableError: 'busy' },
  // Our account with the backend: OpenAI calls these requests that are not valid.
  ...{ invalid_api_key: 'backend', insufficient_quota: 'backend', model_not_found: 'backend' },
}

const CAUSE = 'an error inside an answer with status 200'

/** A backend that does not say when is worth another try soon, not at once. */
const RETRY_AFTER_SECONDS = 2

/** Its code says more than its type: both are asked, in this order. */
export function toReportedError({ type, code, message }: ReportedError): WeirError {
  switch (meaningOf(code) ?? meaningOf(type)) {
    case 'caller':
      // The caller's own mistake is told in the backend's words, as it is when it comes with a status.
      return new WeirError(
        'invalid_request',
        message === undefined ? { cause: CAUSE } : { message, cause: CAUSE },
      )
    case 'limited':
      return new WeirError('rate_limited', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: CAUSE })
    case 'busy':
      return new WeirError('backend_error', {
        status: 503,
        message: 'The model server is busy or still loading; try again later.',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        cause: CAUSE,
      })
    default:
      return new WeirError('backend_error', { cause: CAUSE })
  }
}

function meaningOf(word: string | undefined): Meaning | undefined {
  return word !== undefined && Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : undefined
}
