// What the pretend server is like, as types with their defaults. Reading a file into this is profile-parse.ts.

import type { FaultName } from './faults.ts'
import type { FaultRule } from './fault-set.ts'

export const serverKinds = ['ollama', 'vllm', 'llamacpp', 'openai', 'anthropic'] as const
export type ServerKind = (typeof serverKinds)[number]

export interface ModelProfile {
  readonly name: string
  readonly sizeBytes: number
  /** Less than `sizeBytes` means partly on the CPU, which /api/ps shows. */
  readonly sizeVramBytes: number
  /** Cold models load on their first request; loaded ones are there from the start. */
  readonly cold: boolean
  readonly loadMs: number
  readonly contextTokens: number
  readonly family: string
  readonly parameterSize: string
  readonly quantization: string
  readonly capabilities: readonly string[]
}

export interface SimulatorProfile {
  /** Which server it pretends to be: health and metrics pages, error shapes, `timings`, the reasoning field. */
  readonly kind: ServerKind
  /** Answer only the paths that a server of this kind has. */
  readonly onlyOwnPaths: boolean
  readonly version: string
  readonly seed: number
  readonly models: readonly ModelProfile[]
  /** Answer 404 to models that are not in `models`; else any name is served. */
  readonly strictModels: boolean
  /** List every word of the fault vocabulary as a model, `sim:<word>`. */
  readonly listFaultModels: boolean
  /** From having a slot to the first token, without prefill. */
  readonly firstTokenMs: number
  /** 0 is as fast as possible. */
  readonly tokensPerSecond: number
  /** 0.2: each wait is up to 20 % shorter or longer. */
  readonly jitterRatio: number
  readonly prefillMsPer1kTokens: number
  /** Requests worked on at once; 0 is no limit. The rest waits in a first-in, first-out queue. */
  readonly slots: number
  /** Requests that may wait; one more gets 503. */
  readonly queueLength: number
  readonly outputTokens: number
  /** A loaded model that nobody asks for is unloaded after this. */
  readonly modelKeepAliveMs: number
  /** A load is given up when the request that began it leaves, as Ollama does it. */
  readonly loadDiesWithCaller: boolean
  /** /api/ps lists a model from the moment its load begins, as older versions of Ollama do. */
  readonly listsLoading: boolean
  /** The server is still loading: its health page says so, and every model request gets 503. */
  readonly loading: boolean
  readonly embeddingDimensions: number
  /** Send headers and the opening event before the first token is ready, as vLLM does. */
  readonly earlyHeaders: boolean
  readonly faults: readonly FaultRule[]
  /** Close the listener: new connections are refused until this is false again. */
  readonly refuse: boolean
  /** After this the listener opens by itself; 0 waits for `refuse: false` (only possible in process). */
  readonly refuseForMs: number
  /** If not empty, requests without this key get 401. */
  readonly apiKey: string
  /** A larger request gets 413. */
  readonly maxBodyBytes: number
  /** How long an idle kept-alive connection stays open. */
  readonly idleConnectionMs: number
  /** Keep the sha-256 of each body and the headers received, in the ledger. */
  readonly recordRequests: boolean
  /** How many entries the ledger keeps. */
  readonly ledgerEntries: number
}

/** What people may write: everything optional, models as bare names if they like. */
export type ProfileInput = Partial<Omit<SimulatorProfile, 'models' | 'faults'>> & {
  readonly models?: readonly (string | (Partial<ModelProfile> & { readonly name: string }))[]
  readonly faults?: readonly (Partial<FaultRule> & { readonly fault: FaultName })[]
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

export function toModelProfile(name: string): ModelProfile {
  const encodes = name.includes('embed')
  return {
    name,
    sizeBytes: 5 * GIB,
    sizeVramBytes: 5 * GIB,
    cold: false,
    loadMs: 0,
    contextTokens: 32_768,
    family: 'sim',
    parameterSize: '8B',
    quantization: 'Q4_K_M',
    capabilities: encodes ? ['embedding'] : ['completion', 'tools', 'thinking'],
  }
}

/** As fast as it can, healthy, nothing limited: what tests and benchmarks start from. */
export const defaultProfile: SimulatorProfile = {
  kind: 'ollama',
  onlyOwnPaths: false,
  // Beyond the holes that the doctor knows of: a demonstration is to show none of its own making.
  version: '0.30.0',
  seed: 1,
  models: [toModelProfile('sim-chat'), toModelProfile('sim-embed'), toModelProfile('sim-guard')],
  strictModels: false,
  listFaultModels: false,
  firstTokenMs: 0,
  tokensPerSecond: 0,
  jitterRatio: 0,
  prefillMsPer1kTokens: 0,
  slots: 0,
  queueLength: 512, // OLLAMA_MAX_QUEUE's own default
  outputTokens: 32,
  modelKeepAliveMs: 300_000, // OLLAMA_KEEP_ALIVE's own default, 5 minutes
  loadDiesWithCaller: false,
  listsLoading: false,
  loading: false,
  embeddingDimensions: 384,
  earlyHeaders: false,
  faults: [],
  refuse: false,
  refuseForMs: 0,
  apiKey: '',
  maxBodyBytes: 256 * MIB,
  idleConnectionMs: 75_000,
  recordRequests: false,
  ledgerEntries: 20_000,
}

/** Looks like one busy GPU: for a person who has no model at hand and wants to see Weir at work. */
export const demoProfile: ProfileInput = {
  models: [
    'sim-chat',
    {
      name: 'sim-chat-large',
      cold: true,
      loadMs: 4000,
      sizeBytes: 20 * GIB,
      sizeVramBytes: 16 * GIB,
      parameterSize: '32B',
    },
    { name: 'sim-embed', sizeBytes: GIB / 4, sizeVramBytes: GIB / 4, parameterSize: '137M' },
    { name: 'sim-guard', sizeBytes: GIB, sizeVramBytes: GIB, parameterSize: '0.6B' },
  ],
  firstTokenMs: 180,
  tokensPerSecond: 45,
  jitterRatio: 0.25,
  prefillMsPer1kTokens: 220,
  slots: 4,
  outputTokens: 96,
}
