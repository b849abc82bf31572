// What stands behind a gateway for which nobody named a backend: the Ollama of this machine, else the built-in simulator.
import { request } from 'undici'
import { backendSchema, type BackendSettings } from '../gateway/config.ts'
import { createSimulator, demoProfile } from '../simulator/index.ts'

export interface DefaultBackends {
  readonly backends: readonly BackendSettings[]
  /** One line for people: what was chosen and why. */
  readonly note: string | undefined
  close(): Promise<void>
}

export const OLLAMA_URL = 'http://127.0.0.1:11434'

/** A local Ollama answers in a millisecond; a start must not wait for one that is not there. */
const OLLAMA_ANSWER_MS = 500

/** For a configuration that names its own. */
export const NO_DEFAULT_BACKENDS: DefaultBackends = {
  backends: [],
  note: undefined,
  close: () => Promise.resolve(),
}

export async function findDefaultBackends(ollamaUrl = OLLAMA_URL): Promise<DefaultBackends> {
  if (await isOllama(ollamaUrl)) {
    return {
      backends: [backendSchema.parse({ name: 'ollama', url: ollamaUrl, kind: 'ollama' })],
      note: `no backend is configured: using the Ollama that answers at ${ollamaUrl}`,
      close: () => Promise.resolve(),
    }
  }
  const simulator = createSimulator(demoProfile)
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  return {
    backends: [backendSchema.parse({ name: 'simulator', url, kind: 'simulator' })],
    note:
      `no backend is configured and no Ollama answers at ${ollamaUrl}: ` +
      'using the BUILT-IN SIMULATOR, whose answers are made up. Name a real one with --ollama-url or --backend.',
    close: () => simulator.close(),
  }
}

export async function isOllama(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/api/version`, {
      headersTimeout: OLLAMA_ANSWER_MS,
      bodyTimeout: OLLAMA_ANSWER_MS,
    })
    const body: unknown = await answer.body.json()
    return answer.statusCode === 200 && typeof body === 'object' && body !== null && 'version' in body
  } catch {
    return false
  }
}
