// What the dialects' parsers share: messages and prompts into turns, required fields, and what is missing said plainly.

import { RequestProblem, type Turn } from '../job.ts'
import { isObject, type JsonObject, toCount, toList, toText } from '../json.ts'

export function readModel(body: JsonObject): string {
  const { model } = body
  if (typeof model !== 'string' || model === '')
    throw new RequestProblem(400, 'you must provide a model parameter', 'model')
  return model
}

/** Text, or a list of parts of which the text is taken; images and sounds have no words. */
export function readContent(content: unknown): string {
  if (typeof content === 'string') return content
  return toList(content)
    .map((part) => (isObject(part) ? toText(part['text']) || readContent(part['content']) : toText(part)))
    .join('')
}

export function readMessages(body: JsonObject): Turn[] {
  const { messages } = body
  if (!Array.isArray(messages)) throw new RequestProblem(400, "'messages' must be a list", 'messages')
  return (messages as unknown[]).map((message) => {
    if (!isObject(message)) throw new RequestProblem(400, "'messages' must hold objects", 'messages')
    return { role: toText(message['role']), text: readContent(message['content']) }
  })
}

/** A text, a list of texts, a list of token numbers, or a list of such lists. */
export function readInputs(value: unknown, param: string): string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value) || value.length === 0)
    throw new RequestProblem(400, `'${param}' must be text or a list`, param)
  const items = value as unknown[]
  const tokens = (numbers: readonly unknown[]): string =>
    numbers.map((number) => ` t${String(number)}`).join('')
  if (items.every((item) => typeof item === 'number')) return [tokens(items)]
  return items.map((item) =>
    Array.isArray(item) ? tokens(item) : isObject(item) ? toText(item['text']) : toText(item),
  )
}

export function readChoices(value: unknown): number {
  const MOST_CHOICES = 128
  const choices = value === undefined || value === null ? 1 : toCount(value)
  if (choices === undefined || choices < 1 || choices > MOST_CHOICES) {
    throw new RequestProblem(400, `'n' must be from 1 to ${MOST_CHOICES}`, 'n')
  }
  return choices
}
