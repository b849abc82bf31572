// POST /v1/chat/completions: tools, reasoning, several choices, log probabilities, usage in streams as OpenAI sends it.

import {
  emptyAsk,
  type Endpoint,
  type FinishReason,
  type PlannedChoice,
  type Run,
  type Step,
  type StreamVoice,
} from '../job.ts'
import { type JsonObject, toCount, toObject } from '../json.ts'
import { parseFunctionTools } from '../plan.ts'
import { toOpenAiUsage, toTimings } from './openai-usage.ts'
import { readChoices, readMessages, readModel } from './read.ts'

const FINGERPRINT = 'fp_sim'
const LOGPROB = -0.05

interface Wishes {
  readonly includeUsage: boolean
  readonly logprobs: boolean
}

/** Each server family put its reasoning under another name. */
function reasoningField(run: Run): string {
  return run.kind === 'ollama' ? 'reasoning' : 'reasoning_content'
}

function toLogprob(token: string): Record<string, unknown> {
  return { token, logprob: LOGPROB, bytes: [...Buffer.from(token)], top_logprobs: [] }
}

function toMessage(run: Run, choice: PlannedChoice): Record<string, unknown> {
  const content = choice.calls.length > 0 && choice.text === '' ? null : choice.text
  const message: Record<string, unknown> = { role: 'assistant', content }
  if (choice.reasoning !== '') message[reasoningField(run)] = choice.reasoning
  if (choice.calls.length > 0) {
    message['tool_calls'] = choice.calls.map((call) => {
      return { id: call.id, type: 'function', function: { name: call.name, arguments: call.json } }
    })
  }
  return message
}

function toLogprobs(run: Run, choice: number): Record<string, unknown> {
  const tokens = run.plan.steps.filter((step) => step.choice === choice && step.kind === 'text')
  return { content: tokens.map((step) => toLogprob(step.text)), refusal: null }
}

function toWhole(run: Run, wishes: Wishes): string {
  const choices = run.plan.choices.map((choice, index) => {
    const logprobs = wishes.logprobs ? toLogprobs(run, index) : null
    return { index, message: toMessage(run, choice), logprobs, finish_reason: choice.finish }
  })
  return JSON.stringify({
    id: `chatcmpl-${run.id}`,
    object: 'chat.completion',
    created: run.createdSeconds,
    model: run.model,
    system_fingerprint: FINGERPRINT,
    choices,
    usage: toOpenAiUsage(run),
    timings: toTimings(run),
  })
}

function toDelta(run: Run, step: Step): Record<string, unknown> {
  if (step.kind === 'text') return { content: step.text }
  if (step.kind === 'reasoning') return { [reasoningField(run)]: step.text }
  const { call } = step
  // The id and the name come once; the rest is recognised by its index.
  const head = step.first ? { id: call?.id, type: 'function' } : {}
  const name = step.first ? { name: call?.name } : {}
  return { tool_calls: [{ index: call?.index, ...head, function: { ...name, arguments: step.text } }] }
}

const STILL_GOING = '"logprobs":null,"finish_reason":null'

function toEnd(finish: FinishReason): string {
  return `"logprobs":null,"finish_reason":"${finish}"`
}

function createVoice(run: Run, wishes: Wishes): StreamVoice {
  const head = JSON.stringify({
    id: `chatcmpl-${run.id}`,
    object: 'chat.completion.chunk',
    created: run.createdSeconds,
    model: run.model,
    system_fingerprint: FINGERPRINT,
  }).slice(0, -1)
  // With include_usage every chunk but the last says that it has none.
  const tail = wishes.includeUsage ? ',"usage":null}\n\n' : '}\n\n'
  const chunk = (index: number, delta: string, rest = STILL_GOING): string =>
    `data: ${head},"choices":[{"index":${index},"delta":${delta},${rest}}]${tail}`
  const { choices } = run.plan
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () => choices.map((_, i) => chunk(i, '{"role":"assistant","content":""}')).join(''),
    step: (step) => {
      const delta = JSON.stringify(toDelta(run, step))
      if (!wishes.logprobs || step.kind !== 'text') return chunk(step.choice, delta)
      const logprobs = JSON.stringify({ content: [toLogprob(step.text)], refusal: null })
      return chunk(step.choice, delta, `"logprobs":${logprobs},"finish_reason":null`)
    },
    closing: () => {
      const finished = choices.map((choice, i) => chunk(i, '{}', toEnd(choice.finish))).join('')
      const extra = { usage: wishes.includeUsage ? toOpenAiUsage(run) : undefined, timings: toTimings(run) }
      if (extra.usage === undefined && extra.timings === undefined) return finished
      // Only who asked for usage can be expected to bear a chunk without choices.
      if (extra.usage === undefined)
        return finished.replace(/\}\n\n$/, `,"timings":${JSON.stringify(extra.timings)}}\n\n`)
      return `${finished}data: ${head},"choices":[],${JSON.stringify(extra).slice(1)}\n\n`
    },
    ending: () => 'data: [DONE]\n\n',
    error: (message) =>
      `data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: 'server_error' } })}\n\n`,
    malformed: () => `data: ${head},"choices":[{"index":0,"delta":{"content":"brok\n\n`,
  }
}

function parse(body: JsonObject): ReturnType<Endpoint['parse']> {
  const wishes = {
    includeUsage: toObject(body['stream_options'])['include_usage'] === true,
    logprobs: body['logprobs'] === true,
  }
  return {
    ask: {
      ...emptyAsk,
      model: readModel(body),
      stream: body['stream'] === true,
      turns: readMessages(body),
      maxTokens: toCount(body['max_completion_tokens']) ?? toCount(body['max_tokens']),
      choices: readChoices(body['n']),
      tools: body['tool_choice'] === 'none' ? [] : parseFunctionTools(body['tools']),
      parallelTools: body['parallel_tool_calls'] !== false,
      seed: toCount(body['seed']) ?? 0,
    },
    whole: (run) => toWhole(run, wishes),
    stream: (run) => createVoice(run, wishes),
  }
}

export const openaiChat: Endpoint = {
  path: '/v1/chat/completions',
  api: 'openai',
  kinds: ['openai', 'ollama', 'vllm', 'llamacpp'],
  parse,
}
