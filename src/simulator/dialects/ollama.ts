// POST /api/chat and /api/generate: newline-delimited JSON, streamed unless told otherwise, durations as measured.

import { type Ask, emptyAsk, type Endpoint, type Job, type Run, type Step, type StreamVoice } from '../job.ts'
import { type JsonObject, toCount, toObject, toText } from '../json.ts'
import { parseFunctionTools } from '../plan.ts'
import { parseKeepAlive, toNanoseconds } from './ollama-units.ts'
import { readMessages, readModel } from './read.ts'

interface Words {
  readonly text: string
  readonly thinking: string
  readonly calls: readonly unknown[]
}

/** chat puts the words into a message, generate side by side. */
type Wrap = (words: Words) => Record<string, unknown>

const silence: Words = { text: '', thinking: '', calls: [] }

const wrapChat: Wrap = ({ text, thinking, calls }) => {
  const message: Record<string, unknown> = { role: 'assistant', content: text }
  if (thinking !== '') message['thinking'] = thinking
  if (calls.length > 0) message['tool_calls'] = calls
  return { message }
}

const wrapGenerate: Wrap = ({ text, thinking }) =>
  thinking === '' ? { response: text } : { response: text, thinking }

function toCall(step: Pick<Step, 'call'>, json: string): unknown {
  const { call } = step
  let args: unknown
  try {
    args = JSON.parse(json)
  } catch {
    args = {} // cut by num_predict: Ollama only passes on calls that it could parse
  }
  return { id: call?.id, function: { index: call?.index, name: call?.name, arguments: args } }
}

function toDurations(run: Run): Record<string, unknown> {
  const { arrivedAtMs, loadedAtMs, startedAtMs, firstTokenAtMs, lastTokenAtMs } = run.timeline
  return {
    total_duration: toNanoseconds(lastTokenAtMs - arrivedAtMs),
    load_duration: toNanoseconds(loadedAtMs - arrivedAtMs),
    prompt_eval_count: run.usage?.promptTokens,
    prompt_eval_duration: toNanoseconds(firstTokenAtMs - startedAtMs),
    eval_count: run.usage?.outputTokens,
    eval_duration: toNanoseconds(lastTokenAtMs - firstTokenAtMs),
  }
}

function toLine(run: Run, said: Record<string, unknown>, done: boolean): Record<string, unknown> {
  return { model: run.model, created_at: new Date().toISOString(), ...said, done }
}

/** Ollama has no finish reason of its own for tool calls. */
function doneReason(run: Run): string {
  return run.plan.choices[0]?.finish === 'length' ? 'length' : 'stop'
}

function toWhole(run: Run, wrap: Wrap): string {
  const choice = run.plan.choices[0]
  const calls = (choice?.calls ?? []).map((call) => toCall({ call }, call.json))
  const words = { text: choice?.text ?? '', thinking: choice?.reasoning ?? '', calls }
  return JSON.stringify({
    ...toLine(run, wrap(words), true),
    done_reason: doneReason(run),
    ...toDurations(run),
  })
}

function createVoice(run: Run, wrap: Wrap): StreamVoice {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`
  let argumentText = ''
  return {
    contentType: 'application/x-ndjson',
    opening: () => '',
    step: (step) => {
      if (step.kind === 'text') return line(toLine(run, wrap({ ...silence, text: step.text }), false))
      if (step.kind === 'reasoning')
        return line(toLine(run, wrap({ ...silence, thinking: step.text }), false))
      // A call leaves whole, with its last token.
      argumentText = step.first ? step.text : argumentText + step.text
      if (!step.last) return ''
      return line(toLine(run, wrap({ ...silence, calls: [toCall(step, argumentText)] }), false))
    },
    closing: () =>
      line({ ...toLine(run, wrap(silence), true), done_reason: doneReason(run), ...toDurations(run) }),
    ending: () => '',
    error: (message) => line({ error: message }),
    malformed: () => `{"model":${JSON.stringify(run.model)},"message":{"role":"assistant","content":"brok\n`,
  }
}

/** Without a prompt nothing is generated: the model is loaded, or unloaded with `keep_alive: 0`. */
function toLoadJob(ask: Ask, wrap: Wrap): Job {
  const reason = ask.keepAliveMs === 0 ? 'unload' : 'load'
  const whole = (run: Run): string =>
    `${JSON.stringify({ ...toLine(run, wrap(silence), true), done_reason: reason })}\n`
  return { ask: { ...ask, work: 'load', stream: false }, whole, stream: undefined }
}

function toJob(body: JsonObject, wrap: Wrap, turns: Ask['turns']): Job {
  const options = toObject(body['options'])
  const numPredict = options['num_predict']
  const ask: Ask = {
    ...emptyAsk,
    model: readModel(body),
    stream: body['stream'] !== false,
    turns,
    // Negative numbers mean "no limit" here.
    maxTokens: toCount(numPredict),
    tools: parseFunctionTools(body['tools']),
    seed: toCount(options['seed']) ?? 0,
    keepAliveMs: parseKeepAlive(body['keep_alive']),
  }
  if (turns.length === 0) return toLoadJob(ask, wrap)
  return { ask, whole: (run) => toWhole(run, wrap), stream: (run) => createVoice(run, wrap) }
}

export const ollamaChat: Endpoint = {
  path: '/api/chat',
  api: 'ollama',
  kinds: ['ollama'],
  parse: (body) => toJob(body, wrapChat, body['messages'] === undefined ? [] : readMessages(body)),
}

export const ollamaGenerate: Endpoint = {
  path: '/api/generate',
  api: 'ollama',
  kinds: ['ollama'],
  parse: (body) => {
    const [system, prompt] = [toText(body['system']), toText(body['prompt'])]
    const turns = [
      { role: 'system', text: system },
      { role: 'user', text: prompt },
    ].filter((turn) => turn.text !== '')
    return toJob(body, wrapGenerate, prompt === '' ? [] : turns)
  },
}
