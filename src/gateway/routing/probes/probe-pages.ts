// THE PAGES A PROBE MAY ASK FOR, by kind of backend: all of them are GETs that neither load a model nor keep one awake.
// Data only, and the names that stand in their answers.
import type { BackendKind } from '../../config.ts'

export interface Listing {
  readonly path: string
  /** Where in the answer the entries are, and which of their fields is the name. */
  readonly entries: string
  readonly nameOf: readonly string[]
}

export interface ProbePages {
  readonly listing: Listing
  /** Says 503 while it cannot serve. */
  readonly health: string | undefined
  /** Says who it is, and so at least that it is there. */
  readonly version: string | undefined
  /** Says which models are in memory. */
  readonly running: string | undefined
}

const OPENAI_LISTING: Listing = { path: '/v1/models', entries: 'data', nameOf: ['id'] }
const OLLAMA_LISTING: Listing = { path: '/api/tags', entries: 'models', nameOf: ['name', 'model'] }

const OPENAI_PAGES: ProbePages = {
  listing: OPENAI_LISTING,
  health: undefined,
  version: undefined,
  running: undefined,
}

export const PROBE_PAGES: Readonly<Record<BackendKind, ProbePages>> = {
  ollama: {
    listing: OLLAMA_LISTING,
    health: undefined,
    version: '/api/version',
    running: '/api/ps',
  },
  vllm: { ...OPENAI_PAGES, health: '/health' },
  llamacpp: { ...OPENAI_PAGES, health: '/health' },
  openai: OPENAI_PAGES,
  anthropic: OPENAI_PAGES,
  simulator: OPENAI_PAGES,
}

/** llama.cpp: `{"error":{"message":"Loading model",…}}`; others say it in a sentence. */
export const SAYS_LOADING = /\bloading\b/i
