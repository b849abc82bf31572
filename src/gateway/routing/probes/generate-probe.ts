// The one-token probe: asks a model for one token, because somebody configured that. Loads the model; never sent otherwise.
import { request } from 'undici'
import type { DialectName } from '../../../core/record.ts'
import { toBackendCredential } from '../../http/headers.ts'
import type { Backend } from '../backend.ts'
import type { Patience } from './page.ts'

/** How each dialect asks for one token in one piece. */
const ASK: Readonly<Record<DialectName, { path: string; body: (model: string) => unknown }>> = {
  openai: {
    path: '/v1/chat/completions',
    body: (model) => ({ model, max_tokens: 1, stream: false, messages: [{ role: 'user', content: 'Hi' }] }),
  },
  anthropic: {
    path: '/v1/messages',
    body: (model) => ({ model, max_tokens: 1, stream: false, messages: [{ role: 'user', content: 'Hi' }] }),
  },
  ollama: {
    path: '/api/generate',
    body: (model) => ({ model, prompt: 'Hi', stream: false, options: { num_predict: 1 } }),
  },
}

/**
 * `alive`: it answered 200, so a token was made, whatever it says (a model that thinks first may have nothing to show). `silent`:
 * nothing came in time. `nothing`: an error, which the pages of the health probe are there to explain.
 */
export type GenerateFinding = 'alive' | 'silent' | 'nothing'

export async function probeByToken(
  backend: Backend,
  model: string,
  patience: Patience,
): Promise<GenerateFinding> {
  const dialect = backend.kind === 'ollama' || backend.kind === 'anthropic' ? backend.kind : 'openai'
  const { path, body } = ASK[dialect]
  const late = new AbortController()
  let isLate = false
  const stopTimer = patience.clock.after(patience.timeoutMs, () => {
    isLate = true
    late.abort()
  })
  try {
    const answer = await request(backend.urlFor(path), {
      dispatcher: backend.client.probeAgent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...toBackendCredential(backend.settings) },
      body: JSON.stringify(body(model)),
      signal: late.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    await answer.body.dump()
    return answer.statusCode === 200 ? 'alive' : 'nothing'
  } catch {
    // Whatever broke it, the health probe meets it too and says so.
    return isLate ? 'silent' : 'nothing'
  } finally {
    stopTimer()
  }
}
