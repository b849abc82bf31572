// What a model said, out of its answer in any API we speak: whole or in pieces, text, reasoning, tool calls and errors. The shapes
// of the APIs do not overlap, so what an answer is shows in it, and one reader serves them all. Pure.

export type PartKind = 'text' | 'reasoning' | 'refusal' | 'tool call' | 'error'

export interface AnswerPart {
  readonly kind: PartKind
  /** Of a tool call. */
  readonly name: string
  /** From 0, where several answers were asked for. */
  readonly choice: number
  readonly text: string
}

interface Growing {
  readonly kind: PartKind
  readonly choice: number
  name: string
  readonly pieces: string[]
}

type Json = Readonly<Record<string, unknown>>

/** Parts in the order in which they began. Undefined when nothing in it is known to be said: lists, scores, numbers. */
export function readParts(documents: readonly unknown[]): readonly AnswerPart[] | undefined {
  const reader = new PartReader()
  for (const document of documents) if (isMap(document)) reader.read(document)
  return reader.isKnown ? reader.parts() : undefined
}

class PartReader {
  /** Something of it was recognised, if only that it said nothing. */
  isKnown = false
  readonly #growing = new Map<string, Growing>()

  read(document: Json): void {
    this.#readError(document)
    this.#readChoices(document)
    this.#readOllama(document)
    this.#readAnthropic(document)
    this.#readResponses(document)
  }

  parts(): readonly AnswerPart[] {
    return [...this.#growing.values()]
      .map(({ kind, name, choice, pieces }) => ({ kind, name, choice, text: pieces.join('') }))
      .filter(({ text, name }) => text !== '' || name !== '')
  }

  #add(kind: PartKind, text: unknown, at: { choice?: number; key?: unknown; name?: unknown } = {}): void {
    const { choice = 0, key = '', name } = at
    if (typeof text !== 'string' && typeof name !== 'string') return
    const id = `${choice} ${kind} ${String(key)}`
    let part = this.#growing.get(id)
    if (part === undefined) {
      // The first event of many a stream says who speaks, and nothing yet.
      if (text === '' && typeof name !== 'string') return
      part = { kind, choice, name: '', pieces: [] }
      this.#growing.set(id, part)
    }
    if (typeof name === 'string') part.name += name
    if (typeof text === 'string') part.pieces.push(text)
  }

  #readError({ error, type, message }: Json): void {
    if (error === undefined || error === null) {
      // The event `error` of OpenAI's responses.
      if (type !== 'error') return
      this.#add('error', message)
    } else this.#add('error', isMap(error) ? error['message'] : error)
    this.isKnown = true
  }

  /** OpenAI's chat and completions. */
  #readChoices({ choices }: Json): void {
    if (!Array.isArray(choices)) return
    this.isKnown = true
    for (const each of maps(choices)) {
      const choice = typeof each['index'] === 'number' ? each['index'] : 0
      this.#add('text', each['text'], { choice })
      const message = each['delta'] ?? each['message']
      if (isMap(message)) this.#readMessage(message, choice)
    }
  }

  #readMessage(message: Json, choice: number): void {
    this.#add('reasoning', message['reasoning_content'] ?? message['reasoning'], { choice })
    this.#addContent(message['content'], choice)
    this.#add('refusal', message['refusal'], { choice })
    const { tool_calls: calls, function_call: call, audio } = message
    if (isMap(audio)) this.#add('text', audio['transcript'], { choice })
    if (isMap(call)) this.#add('tool call', call['arguments'], { choice, key: 'only', name: call['name'] })
    if (!Array.isArray(calls)) return
    for (const [at, each] of maps(calls).entries()) {
      const asked = each['function'] ?? each['custom']
      if (!isMap(asked)) continue
      const { name, arguments: given = asked['input'] } = asked
      // A stream says which of its calls a piece belongs to. Ollama gives each call whole, and its arguments as a map.
      const isWhole = isMap(given)
      const key = isWhole ? `whole ${this.#growing.size}` : (each['index'] ?? at)
      this.#add('tool call', isWhole ? JSON.stringify(given) : given, { choice, key, name })
    }
  }

  #addContent(content: unknown, choice: number): void {
    if (!Array.isArray(content)) this.#add('text', content, { choice })
    else for (const each of maps(content)) this.#add('text', each['text'], { choice })
  }

  #readOllama(document: Json): void {
    const { message, response, thinking, done } = document
    if (typeof done !== 'boolean') return
    this.isKnown = true
    this.#add('reasoning', thinking)
    this.#add('text', response)
    if (!isMap(message)) return
    this.#add('reasoning', message['thinking'])
    this.#readMessage(message, 0)
  }

  #readAnthropic({ type, content, index, content_block: block, delta }: Json): void {
    if (type === 'message_start' || type === 'message_delta' || type === 'ping') this.isKnown = true
    if (type === 'message' && Array.isArray(content)) {
      this.isKnown = true
      for (const [at, each] of maps(content).entries()) this.#readBlock(each, at)
    }
    if (type === 'content_block_start' && isMap(block)) this.#readBlock(block, index)
    if (type !== 'content_block_delta' || !isMap(delta)) return
    this.isKnown = true
    this.#add('text', delta['text'], { key: index })
    this.#add('reasoning', delta['thinking'], { key: index })
    this.#add('tool call', delta['partial_json'], { key: index })
  }

  #readBlock(block: Json, key: unknown): void {
    this.#add('text', block['text'], { key })
    this.#add('reasoning', block['thinking'], { key })
    const { name, input } = block
    if (typeof name !== 'string') return
    const isGiven = isMap(input) && Object.keys(input).length > 0
    this.#add('tool call', isGiven ? JSON.stringify(input) : '', { key, name })
  }

  /** OpenAI's responses: every event with something new has it under `delta`; the last one repeats it all. */
  #readResponses(document: Json): void {
    const { type, response } = document
    this.#readOutput(isMap(response) ? response : document)
    if (typeof type !== 'string' || !type.startsWith('response.')) return
    this.isKnown = true
    this.#readResponsesEvent(type, document)
  }

  #readOutput({ output, error }: Json): void {
    if (!Array.isArray(output)) return
    this.isKnown = true
    if (isMap(error)) this.#add('error', error['message'])
    if (this.#growing.size > 0) return
    for (const [key, item] of maps(output).entries()) this.#readItem(item, key)
  }

  #readResponsesEvent(
    type: string,
    { delta, item, output_index: output, content_index: content }: Json,
  ): void {
    if (type === 'response.output_item.added' && isMap(item)) {
      this.#add('tool call', undefined, { key: output, name: item['name'] })
    }
    if (typeof delta !== 'string') return
    const kind = kindOf(type)
    const isInPieces = kind !== 'tool call' && typeof content === 'number'
    this.#add(kind, delta, { key: isInPieces ? `${String(output)} ${content}` : output })
  }

  #readItem(item: Json, key: number): void {
    const { content, summary, arguments: given = item['input'], name } = item
    const isReasoning = item['type'] === 'reasoning'
    for (const each of maps(summary)) this.#add('reasoning', each['text'], { key })
    for (const each of maps(content)) {
      this.#add(isReasoning ? 'reasoning' : 'text', each['text'], { key })
      this.#add('refusal', each['refusal'], { key })
    }
    if (typeof name === 'string') this.#add('tool call', given, { key, name })
  }
}

/** `response.reasoning_summary_text.delta`, `response.function_call_arguments.delta` and their like. */
function kindOf(type: string): PartKind {
  if (type.includes('reasoning')) return 'reasoning'
  if (type.includes('refusal')) return 'refusal'
  return type.includes('output_text') || type.includes('transcript') ? 'text' : 'tool call'
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function maps(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isMap) : []
}
