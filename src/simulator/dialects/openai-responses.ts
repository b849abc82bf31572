// POST /v1/responses: reads the ask. The answer's objects are in responses-object.ts, its events in responses-voice.ts.

import { emptyAsk, type Endpoint, RequestProblem, type Tool, type Turn } from '../job.ts'
import { isObject, type JsonObject, toCount, toList, toObject, toText } from '../json.ts'
import { readContent, readModel } from './read.ts'
import { type Echo, toFinalStatus, toResponse } from './responses-object.ts'
import { createResponsesVoice } from './responses-voice.ts'

function toEcho(body: JsonObject): Echo {
  return {
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    metadata: body['metadata'] ?? {},
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    store: false,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    user: null,
  }
}

function readInput(input: unknown): Turn[] {
  if (typeof input === 'string') return [{ role: 'user', text: input }]
  if (!Array.isArray(input)) throw new RequestProblem(400, "'input' must be text or a list", 'input')
  return (input as unknown[]).filter(isObject).map((item) => {
    return { role: toText(item['role']), text: readContent(item['content']) || toText(item['output']) }
  })
}

/** Functions are declared flat here, not inside a `function` object. */
function readTools(value: unknown): Tool[] {
  const functions = toList(value)
    .map(toObject)
    .filter((tool) => tool['type'] === 'function')
  return functions.map((tool) => ({ name: toText(tool['name']), parameters: toObject(tool['parameters']) }))
}

function parse(body: JsonObject): ReturnType<Endpoint['parse']> {
  const echo = toEcho(body)
  const instructions = toText(body['instructions'])
  const input = readInput(body['input'])
  return {
    ask: {
      ...emptyAsk,
      model: readModel(body),
      stream: body['stream'] === true,
      turns: instructions === '' ? input : [{ role: 'system', text: instructions }, ...input],
      maxTokens: toCount(body['max_output_tokens']),
      tools: body['tool_choice'] === 'none' ? [] : readTools(body['tools']),
      parallelTools: body['parallel_tool_calls'] !== false,
    },
    whole: (run) => JSON.stringify(toResponse(run, echo, toFinalStatus(run))),
    stream: (run) => createResponsesVoice(run, echo),
  }
}

export const openaiResponses: Endpoint = {
  path: '/v1/responses',
  api: 'openai',
  kinds: ['openai', 'ollama', 'vllm', 'llamacpp'],
  parse,
}
