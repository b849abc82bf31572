// POST /v1/messages and /v1/messages/count_tokens: content blocks of text, thinking and tool use, whole and streamed.

import {
  emptyAsk,
  type Endpoint,
  type FinishReason,
  RequestProblem,
  type Run,
  type Step,
  type StreamVoice,
  type Tool,
  type Turn,
} from '../job.ts'
import { type JsonObject, toCount, toList, toObject, toText } from '../json.ts'
import { toPrompt } from '../plan.ts'
import { countTokens } from '../words.ts'
import { readContent, readMessages, readModel } from './read.ts'

const SIGNATURE = Buffer.from('simulated thought').toString('base64')

const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
}

function toToolUseId(callId: string): string {
  return callId.replace('call_', 'toolu_')
}

function parseInput(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return {} // cut by max_tokens
  }
}

function toUsage(run: Run, outputTokens: number): Record<string, unknown> | undefined {
  if (run.usage === undefined) return undefined
  return {
    input_tokens: run.usage.promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  }
}

function toMessage(
  run: Run,
  said: { content: readonly unknown[]; stopReason: string | null; outputTokens: number },
): unknown {
  return {
    id: `msg_${run.id}`,
    type: 'message',
    role: 'assistant',
    model: run.model,
    content: said.content,
    stop_reason: said.stopReason,
    stop_sequence: null,
    usage: toUsage(run, said.outputTokens),
  }
}

function finishOf(run: Run): string {
  return stopReasons[run.plan.choices[0]?.finish ?? 'stop']
}

function toWhole(run: Run): string {
  const choice = run.plan.choices[0]
  const content: unknown[] = []
  if (choice !== undefined && choice.reasoning !== '') {
    content.push({ type: 'thinking', thinking: choice.reasoning, signature: SIGNATURE })
  }
  if (choice !== undefined && choice.text !== '') content.push({ type: 'text', text: choice.text })
  for (const call of choice?.calls ?? []) {
    content.push({
      type: 'tool_use',
      id: toToolUseId(call.id),
      name: call.name,
      input: parseInput(call.json),
    })
  }
  return JSON.stringify(
    toMessage(run, { content, stopReason: finishOf(run), outputTokens: run.usage?.outputTokens ?? 0 }),
  )
}

function say(event: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

function toBlock(step: Step): Record<string, unknown> {
  if (step.kind === 'text') return { type: 'text', text: '' }
  if (step.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' }
  return { type: 'tool_use', id: toToolUseId(step.call?.id ?? ''), name: step.call?.name, input: {} }
}

function toDelta(step: Step): Record<string, unknown> {
  if (step.kind === 'text') return { type: 'text_delta', text: step.text }
  if (step.kind === 'reasoning') return { type: 'thinking_delta', thinking: step.text }
  return { type: 'input_json_delta', partial_json: step.text }
}

function createVoice(run: Run): StreamVoice {
  let index = -1
  const sayStep = (step: Step): string => {
    let events = ''
    if (step.first) {
      index++
      events += say({ type: 'content_block_start', index, content_block: toBlock(step) })
    }
    events += say({ type: 'content_block_delta', index, delta: toDelta(step) })
    if (!step.last) return events
    if (step.kind === 'reasoning') {
      events += say({
        type: 'content_block_delta',
        index,
        delta: { type: 'signature_delta', signature: SIGNATURE },
      })
    }
    return events + say({ type: 'content_block_stop', index })
  }
  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () =>
      say({
        type: 'message_start',
        message: toMessage(run, { content: [], stopReason: null, outputTokens: 1 }),
      }) + say({ type: 'ping' }),
    step: sayStep,
    closing: () => {
      const usage = run.usage === undefined ? undefined : { output_tokens: run.usage.outputTokens }
      return say({ type: 'message_delta', delta: { stop_reason: finishOf(run), stop_sequence: null }, usage })
    },
    ending: () => say({ type: 'message_stop' }),
    error: (message) => say({ type: 'error', error: { type: 'overloaded_error', message } }),
    malformed: () =>
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"text":"brok\n\n`,
  }
}

function readTurns(body: JsonObject): Turn[] {
  const system = readContent(body['system'])
  const turns = readMessages(body)
  return system === '' ? turns : [{ role: 'system', text: system }, ...turns]
}

function readTools(body: JsonObject): Tool[] {
  if (toObject(body['tool_choice'])['type'] === 'none') return []
  return toList(body['tools'])
    .map(toObject)
    .map((tool) => ({ name: toText(tool['name']), parameters: toObject(tool['input_schema']) }))
}

export const anthropicMessages: Endpoint = {
  path: '/v1/messages',
  api: 'anthropic',
  kinds: ['anthropic', 'ollama', 'llamacpp', 'vllm'],
  parse: (body) => {
    const maxTokens = toCount(body['max_tokens'])
    if (maxTokens === undefined) throw new RequestProblem(400, 'max_tokens: Field required', 'max_tokens')
    return {
      ask: {
        ...emptyAsk,
        model: readModel(body),
        stream: body['stream'] === true,
        turns: readTurns(body),
        maxTokens,
        tools: readTools(body),
        parallelTools: toObject(body['tool_choice'])['disable_parallel_tool_use'] !== true,
      },
      whole: toWhole,
      stream: createVoice,
    }
  },
}

export const anthropicCountTokens: Endpoint = {
  path: '/v1/messages/count_tokens',
  api: 'anthropic',
  kinds: ['anthropic', 'llamacpp'],
  parse: (body) => {
    const ask = { ...emptyAsk, model: readModel(body), work: 'count' as const, turns: readTurns(body) }
    return {
      ask,
      whole: () => JSON.stringify({ input_tokens: countTokens(toPrompt(ask)) }),
      stream: undefined,
    }
  },
}
