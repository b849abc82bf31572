// The objects of the Responses API: the response itself and its output items, whole and in progress.

import type { Run } from '../job.ts'

/** What the request said that the answer repeats. */
export type Echo = Readonly<Record<string, unknown>>

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete'

export type ResponseItem = Readonly<Record<string, unknown>>

export function toReasoningPart(text: string): ResponseItem {
  return { type: 'reasoning_text', text }
}

export function toReasoningItem(id: string, text: string): ResponseItem {
  return {
    id,
    type: 'reasoning',
    summary: [],
    content: text === '' ? [] : [toReasoningPart(text)],
  }
}

export function toTextPart(text: string): ResponseItem {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

export function toMessageItem(id: string, text: string, status: ResponseStatus): ResponseItem {
  const content = status === 'in_progress' ? [] : [toTextPart(text)]
  return { id, type: 'message', status, role: 'assistant', content }
}

export function toCallItem(
  id: string,
  call: { readonly id: string; readonly name: string; readonly json: string },
  status: ResponseStatus,
): ResponseItem {
  const json = status === 'in_progress' ? '' : call.json
  return { id, type: 'function_call', status, call_id: call.id, name: call.name, arguments: json }
}

export function toItemId(run: Run, index: number): string {
  return `item_${run.id}_${index}`
}

/** The items of the finished answer, in the order in which the stream adds them. */
export function toItems(run: Run): ResponseItem[] {
  const choice = run.plan.choices[0]
  if (choice === undefined) return []
  const items: ResponseItem[] = []
  if (choice.reasoning !== '') items.push(toReasoningItem(toItemId(run, items.length), choice.reasoning))
  if (choice.text !== '') items.push(toMessageItem(toItemId(run, items.length), choice.text, 'completed'))
  for (const call of choice.calls) items.push(toCallItem(toItemId(run, items.length), call, 'completed'))
  return items
}

function toUsage(run: Run): ResponseItem | null {
  if (run.usage === undefined) return null
  const { promptTokens, outputTokens, reasoningTokens } = run.usage
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + outputTokens,
  }
}

export function toFinalStatus(run: Run): ResponseStatus {
  return run.plan.choices[0]?.finish === 'length' ? 'incomplete' : 'completed'
}

export function toResponse(run: Run, echo: Echo, status: ResponseStatus): ResponseItem {
  const inProgress = status === 'in_progress'
  return {
    id: `resp_${run.id}`,
    object: 'response',
    created_at: run.createdSeconds,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    ...echo,
    model: run.model,
    output: inProgress ? [] : toItems(run),
    usage: inProgress ? null : toUsage(run),
  }
}
