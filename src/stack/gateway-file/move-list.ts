// Tells people which addresses of their configuration became others in the stack, and which they must change themselves.
import { HOST_NAME } from './gateway-file.ts'
import type { Moves } from './moves.ts'

/** Empty where nothing was moved. */
export function toMoveList({ moved, stuck }: Moves): string {
  const parts = [
    ...(moved.length === 0
      ? []
      : [MOVED, moved.map(({ key, from, to }) => `- \`${key}\`: ${quote(from)} → ${quote(to)}`).join('\n')]),
    ...(moved.some(({ to }) => to.includes(HOST_NAME)) ? [ON_HOST] : []),
    ...(stuck.length === 0 ? [] : [STUCK, stuck.map((key) => `- \`${key}\``).join('\n')]),
  ]
  return parts.length === 0 ? '' : ['## Addresses', ...parts].join('\n\n')
}

const MOVED =
  'What meant "this machine" in your configuration would mean the container of the gateway, and became:'
const ON_HOST = `What is reached as \`${HOST_NAME}\` runs on the machine itself, where containers are callers from outside: it must not listen on 127.0.0.1 only.`
const STUCK = 'These still mean "this machine". Write where they lead from a container instead:'

function quote(text: string): string {
  return text.startsWith('(') || text.startsWith('an ') ? text : `\`${text}\``
}
