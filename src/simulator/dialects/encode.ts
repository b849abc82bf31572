// Embeddings (OpenAI and both of Ollama's) and moderations: endpoints that read a text and generate none.

import { moderate } from '../guard.ts'
import { type Ask, emptyAsk, type Endpoint, type Run } from '../job.ts'
import { toCount } from '../json.ts'
import { createRandom, toSeed } from '../words.ts'
import { parseKeepAlive, toNanoseconds } from './ollama-units.ts'
import { readInputs, readModel } from './read.ts'

const MAX_DIMENSIONS = 16_384

/** A direction in space that depends on nothing but the text, of length one. */
export function embed(text: string, dimensions: number): Float32Array {
  const random = createRandom(toSeed(text, dimensions))
  const vector = Float32Array.from({ length: dimensions }, () => 2 * random() - 1)
  const length = Math.hypot(...vector.subarray(0, MAX_DIMENSIONS))
  return vector.map((value) => value / length)
}

function toAsk(model: string, inputs: readonly string[], keepAlive?: unknown): Ask {
  const turns = inputs.map((text) => ({ role: 'user', text }))
  return { ...emptyAsk, model, work: 'encode', turns, keepAliveMs: parseKeepAlive(keepAlive) }
}

/** The API says base64 of little-endian 32-bit floats. */
function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

/** Asked for at each request, because the profile may change. */
type Dimensions = () => number

function readDimensions(value: unknown, otherwise: Dimensions): number {
  return Math.min(MAX_DIMENSIONS, toCount(value) || otherwise())
}

function createOpenaiEmbeddings(dimensionsOf: Dimensions): Endpoint {
  return {
    path: '/v1/embeddings',
    api: 'openai',
    kinds: ['openai', 'ollama', 'vllm', 'llamacpp'],
    parse: (body) => {
      const inputs = readInputs(body['input'], 'input')
      const dimensions = readDimensions(body['dimensions'], dimensionsOf)
      const asText = body['encoding_format'] === 'base64'
      const whole = (run: Run): string => {
        const tokens = run.usage?.promptTokens
        const data = inputs.map((text, index) => {
          const vector = embed(text, dimensions)
          return { object: 'embedding', index, embedding: asText ? toBase64(vector) : [...vector] }
        })
        const usage = tokens === undefined ? undefined : { prompt_tokens: tokens, total_tokens: tokens }
        return JSON.stringify({ object: 'list', data, model: run.model, usage })
      }
      return { ask: toAsk(readModel(body), inputs), whole, stream: undefined }
    },
  }
}

function createOllamaEmbed(dimensionsOf: Dimensions): Endpoint {
  return {
    path: '/api/embed',
    api: 'ollama',
    kinds: ['ollama'],
    parse: (body) => {
      const inputs = readInputs(body['input'], 'input')
      const dimensions = readDimensions(body['dimensions'], dimensionsOf)
      const whole = (run: Run): string =>
        JSON.stringify({
          model: run.model,
          embeddings: inputs.map((text) => [...embed(text, dimensions)]),
          total_duration: toNanoseconds(run.timeline.lastTokenAtMs - run.timeline.arrivedAtMs),
          load_duration: toNanoseconds(run.timeline.loadedAtMs - run.timeline.arrivedAtMs),
          prompt_eval_count: run.usage?.promptTokens,
        })
      return { ask: toAsk(readModel(body), inputs, body['keep_alive']), whole, stream: undefined }
    },
  }
}

function createOllamaEmbeddings(dimensionsOf: Dimensions): Endpoint {
  return {
    path: '/api/embeddings',
    api: 'ollama',
    kinds: ['ollama'],
    parse: (body) => {
      const inputs = readInputs(body['prompt'], 'prompt')
      const whole = (): string => JSON.stringify({ embedding: [...embed(inputs.join('\n'), dimensionsOf())] })
      return { ask: toAsk(readModel(body), inputs, body['keep_alive']), whole, stream: undefined }
    },
  }
}

export function createEncoders(dimensionsOf: Dimensions): Endpoint[] {
  return [
    createOpenaiEmbeddings(dimensionsOf),
    createOllamaEmbed(dimensionsOf),
    createOllamaEmbeddings(dimensionsOf),
  ]
}

export const openaiModerations: Endpoint = {
  path: '/v1/moderations',
  api: 'openai',
  kinds: ['openai'],
  parse: (body) => {
    const inputs = readInputs(body['input'], 'input')
    const model = typeof body['model'] === 'string' ? body['model'] : 'omni-moderation-latest'
    const whole = (run: Run): string =>
      JSON.stringify({ id: `modr-${run.id}`, model, results: inputs.map(moderate) })
    return { ask: toAsk(model, inputs), whole, stream: undefined }
  },
}
