// The typed events of a streamed response, with a sequence number that only rises. No [DONE] here.

import type { PlannedCall, Run, Step, StreamVoice } from '../job.ts'
import {
  type Echo,
  type ResponseItem,
  toCallItem,
  toFinalStatus,
  toItemId,
  toMessageItem,
  toReasoningItem,
  toReasoningPart,
  toResponse,
  toTextPart,
} from './responses-object.ts'

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

const noCall: PlannedCall = { index: 0, id: '', name: '', json: '' }

interface Place {
  readonly item_id: string
  readonly output_index: number
}

/** Events that open an item, say a piece of it, and close it, for each kind of step. */
interface Part {
  item(said: string, finished: boolean): ResponseItem
  open(place: Place): Event[]
  delta(place: Place, text: string): Event
  close(place: Place, said: string): Event[]
}

function toPart(id: string, step: Step): Part {
  const at = { content_index: 0 }
  if (step.kind === 'reasoning') {
    return {
      item: (said) => toReasoningItem(id, said),
      open: (place) => [{ type: 'response.content_part.added', ...place, ...at, part: toReasoningPart('') }],
      delta: (place, delta) => ({ type: 'response.reasoning_text.delta', ...place, ...at, delta }),
      close: (place, text) => [
        { type: 'response.reasoning_text.done', ...place, ...at, text },
        { type: 'response.content_part.done', ...place, ...at, part: toReasoningPart(text) },
      ],
    }
  }
  if (step.kind === 'tool') {
    const call = step.call ?? noCall
    const { name } = call
    return {
      item: (said, finished) =>
        toCallItem(id, { ...call, json: said }, finished ? 'completed' : 'in_progress'),
      open: () => [],
      delta: (place, delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta }),
      close: (place, said) => [
        { type: 'response.function_call_arguments.done', ...place, name, arguments: said },
      ],
    }
  }
  return {
    item: (said, finished) => toMessageItem(id, said, finished ? 'completed' : 'in_progress'),
    open: (place) => [{ type: 'response.content_part.added', ...place, ...at, part: toTextPart('') }],
    delta: (place, delta) => ({ type: 'response.output_text.delta', ...place, ...at, delta, logprobs: [] }),
    close: (place, text) => [
      { type: 'response.output_text.done', ...place, ...at, text, logprobs: [] },
      { type: 'response.content_part.done', ...place, ...at, part: toTextPart(text) },
    ],
  }
}

export function createResponsesVoice(run: Run, echo: Echo): StreamVoice {
  let sequence = 0
  let outputIndex = -1
  let said = ''
  const say = ({ type, ...rest }: Event): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...rest })}\n\n`

  const sayStep = (step: Step): string => {
    if (step.first) {
      outputIndex++
      said = ''
    }
    said += step.text
    const place = { item_id: toItemId(run, outputIndex), output_index: outputIndex }
    const part = toPart(place.item_id, step)
    const events: Event[] = []
    const at = { output_index: outputIndex }
    if (step.first)
      events.push(
        { type: 'response.output_item.added', ...at, item: part.item('', false) },
        ...part.open(place),
      )
    events.push(part.delta(place, step.text))
    if (step.last)
      events.push(...part.close(place, said), {
        type: 'response.output_item.done',
        ...at,
        item: part.item(said, true),
      })
    return events.map(say).join('')
  }

  return {
    contentType: 'text/event-stream; charset=utf-8',
    opening: () => {
      const response = toResponse(run, echo, 'in_progress')
      return say({ type: 'response.created', response }) + say({ type: 'response.in_progress', response })
    },
    step: sayStep,
    closing: () => {
      const status = toFinalStatus(run)
      return say({ type: `response.${status}`, response: toResponse(run, echo, status) })
    },
    ending: () => '',
    // On the top level, unlike every other OpenAI error.
    error: (message) => say({ type: 'error', code: 'server_error', message, param: null }),
    malformed: () =>
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"brok\n\n`,
  }
}
