// Carries out one step of the schedule on the wire: what is sent, in which manner, and when an answer really began.
import type { Socket } from 'node:net'
import type { Step } from '../schedule.ts'
import { nowMs, talk, toRequest, type Conversation, type WireAnswer } from '../wire.ts'
import { SECRETS } from './config.ts'

export interface Conversed extends Conversation {
  /** The last word: behind what is sent to find out whether somebody half closed is still there. */
  readonly final: WireAnswer | undefined
  /** When the first event of an answer came: comments for who waits are none. */
  readonly firstEventAtMs: number | undefined
}

const HEAD_END = '\r\n\r\n'
const FIRST_FINAL_STATUS = 200
/** RFC 9110 15.2: any number of heads without a body may come before an answer. */
const INTERIM = /^(?:HTTP\/1\.1 1\d\d[^]*?\r\n\r\n)+/

export async function converse(port: number, step: Step): Promise<Conversed> {
  const { caller, manner } = step
  const request = toBytes(step)
  const first = 'sentRatio' in manner ? request.subarray(0, splitAt(request, manner.sentRatio)) : request
  const rest = request.subarray(first.length)
  const isSse = caller.stream && !caller.path.startsWith('/api/')
  const watch = watchForEvent(isSse)
  const conversation = await talk(port, first, {
    ...(manner.kind === 'leaves at first byte' && { until: (bytes) => bytes.length > 0 }),
    drive(socket) {
      socket.on('data', watch.take)
      behave(socket, manner, rest)
    },
  })
  const final = conversation.answers.find(({ status }) => status === 0 || status >= FIRST_FINAL_STATUS)
  return { ...conversation, final, firstEventAtMs: watch.seenAtMs() }
}

function behave(socket: Socket, manner: Step['manner'], rest: Buffer): void {
  switch (manner.kind) {
    case 'leaves':
    case 'leaves unsaid':
      setTimeout(() => socket.destroy(), manner.afterMs)
      return
    case 'hesitates':
      setTimeout(() => socket.writable && socket.write(rest), manner.afterMs)
      return
    case 'half-closes':
      socket.end()
      return
    case 'stays':
    case 'leaves at first byte':
  }
}

function toBytes({ caller, key, id, faults, body }: Step): Buffer {
  const headers = {
    ...caller.headers,
    'x-request-id': id,
    connection: 'close',
    ...(key === undefined ? {} : { authorization: `Bearer ${SECRETS[key]}` }),
    ...(faults === '' ? {} : { 'x-sim-fault': faults }),
  }
  return toRequest({ path: caller.path, body, headers })
}

/** Never inside the head: nobody could say then which request it was. */
function splitAt(request: Buffer, ratio: number): number {
  const bodyStart = request.indexOf(HEAD_END) + HEAD_END.length
  return bodyStart + Math.floor((request.length - bodyStart - 1) * ratio)
}

function watchForEvent(isSse: boolean): {
  readonly take: (chunk: Buffer) => void
  readonly seenAtMs: () => number | undefined
} {
  let seenAtMs: number | undefined
  let text = ''
  return {
    take(chunk) {
      if (seenAtMs !== undefined) return
      text = (text + chunk.toString('latin1')).replace(INTERIM, '')
      const body = text.indexOf(HEAD_END)
      if (body === -1) return
      const hasEvent = isSse
        ? /\n(?:data|event):/.test(text.slice(body))
        : text.length > body + HEAD_END.length
      if (hasEvent) seenAtMs = nowMs()
    },
    seenAtMs: () => seenAtMs,
  }
}
