// POST /v1/completions: the older endpoint, one prompt and plain text.

import { emptyAsk, type Endpoint, type Run, type StreamVoice } from '../job.ts'
import { type JsonObject, toCount, toObject } from '../json.ts'
import { toOpenAiUsage, toTimings } from './openai-usage.ts'
import { readChoices, readInputs, readModel } from './read.ts'

function toHead(run: Run): string {
  const head = {
    id: `cmpl-${run.id}`,
    object: 'text_completion',
    created: run.createdSeconds,
    model: run.model,
  }
  return JSON.stringify(head).slice(0, -1)
}

function toWhole(run: Run): string {
  const choices = run.plan.choices.map((choice, index) => {
    return { text: choice.reasoning + choice.text, index, logprobs: null, finish_reason: choice.finish }
  })
  const rest = JSON.stringify({ choices, usage: toOpenAiUsage(run), timings: toTimings(run) })
  return `${toHead(run)},${rest.slice(1)}`
}

function createVoice(run: Run, includeUsage: boolean): StreamVoice {
  const head = toHead(run)
  const tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n'
  const chunk = (index: number, text: string, finish: string | null): string =>
    `data: ${head},"choices":[{"text":${JSON.stringify(text)},"index":${index},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () => '',
    step: (step) => chunk(step.choice, step.text, null),
    closing: () => {
      const finished = run.plan.choices.map((choice, i) => chunk(i, '', choice.finish)).join('')
      const usage = includeUsage ? toOpenAiUsage(run) : undefined
      return usage === undefined
        ? finished
        : `${finished}data: ${head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`
    },
    ending: () => 'data: [DONE]\n\n',
    error: (message) =>
      `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: 'server_error' } })}\n\n`,
    malformed: () => `data: ${head},"choices":[{"text":"brok\n\n`,
  }
}

function parse(body: JsonObject): ReturnType<Endpoint['parse']> {
  const includeUsage = toObject(body['stream_options'])['include_usage'] === true
  return {
    ask: {
      ...emptyAsk,
      model: readModel(body),
      stream: body['stream'] === true,
      turns: readInputs(body['prompt'], 'prompt').map((text) => ({ role: 'user', text })),
      maxTokens: toCount(body['max_tokens']),
      choices: readChoices(body['n']),
      seed: toCount(body['seed']) ?? 0,
    },
    whole: toWhole,
    stream: (run) => createVoice(run, includeUsage),
  }
}

export const openaiCompletions: Endpoint = {
  path: '/v1/completions',
  api: 'openai',
  kinds: ['openai', 'ollama', 'vllm', 'llamacpp'],
  parse,
}
