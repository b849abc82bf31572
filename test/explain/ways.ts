// The ways in which a situation comes about: who asks how, who stands before it, who does not read. Each gives the record and its verdict.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { SlowCause } from '../../src/core/verdict.ts'
import { until } from '../support/weir.ts'
import { pause, toRequest, type Explained, type Question } from './house.ts'
import type { Street } from './street.ts'

export type Way = (street: Street, id: string) => Promise<Explained>

export interface Situation {
  readonly name: string
  readonly cause: SlowCause
  /** What else its sentence must say. */
  readonly text?: RegExp
  readonly run: Way
}

type Asked = Omit<Question, 'id'>

export const plainly =
  (asked: Asked): Way =>
  ({ house }, id) =>
    house.ask({ ...asked, id })

/** While streams of the same model are as slow, which are over a little earlier. */
export const besideStreams =
  (asked: Asked): Way =>
  async ({ house }, id) => {
    const streams = [1, 2].map((count) => house.ask({ ...asked, id: `${id}-stream-${count}`, stream: true }))
    await pause(300)
    const explained = await house.ask({ ...asked, id, stream: false })
    await Promise.all(streams)
    return explained
  }

/** Streams of the same model were late to their first token; those after them were not. */
export const afterLateStreams =
  (asked: Asked): Way =>
  async ({ house }, id) => {
    const { model } = asked
    const stream = (name: string, faults: object) => house.ask({ id: `${id}-${name}`, model, ...faults })
    await Promise.all([1, 2].map((count) => stream(`late-${count}`, { faults: 'slow-ttft=1200' })))
    await Promise.all([1, 2].map((count) => stream(`healthy-${count}`, {})))
    return house.ask({ ...asked, id, stream: false })
  }

/** With `ahead` requests at its backend that must be over first. */
export const queued =
  (model: string, ahead: number, asked: Partial<Asked> = {}): Way =>
  async ({ house }, id) => {
    const before: Promise<unknown>[] = []
    for (let count = 0; count < ahead; count += 1) {
      before.push(house.ask({ id: `${id}-before-${count}`, model }))
      await pause(5)
    }
    await until(() => house.queueDepth(model) === ahead - 1, `${ahead} requests at ${model}`)
    const explained = await house.ask({ ...asked, id, model })
    await Promise.all(before)
    return explained
  }

/** Its backend is frozen when it comes and thaws after a while, if at all. */
export const frozen =
  (model: string, thawAfterMs: number, asked: Partial<Asked> = {}): Way =>
  async ({ house, frozen: listeners }, id) => {
    const listener = listeners.get(model)
    assert.ok(listener !== undefined)
    await listener.freeze()
    const explained = house.ask({ ...asked, id, model })
    if (thawAfterMs < Infinity) {
      await pause(thawAfterMs)
      listener.thaw()
    }
    return explained
  }

/** Leaves after a while. */
export const leaving =
  (asked: Asked, afterMs: number): Way =>
  ({ house }, id) =>
    house.ask({ ...asked, id, leaveAfterMs: afterMs })

const toWire = (question: Question): string => {
  const { path, headers, body } = toRequest(question)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\nhost: g\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`
}

/** Does not read for a while. */
export const dawdling =
  (asked: Asked, forMs: number): Way =>
  async ({ house }, id) => {
    const socket = connect(house.gateway.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(toWire({ ...asked, id }))
    await pause(forMs)
    socket.resume()
    const explained = await house.explained(id)
    socket.destroy()
    return explained
  }

/** Sends half of its request, and the rest after a while. */
export const hesitating =
  (asked: Asked, forMs: number): Way =>
  async ({ house }, id) => {
    const wire = toWire({ ...asked, id, promptTokens: 1_000 })
    const socket = connect(house.gateway.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    socket.write(wire.slice(0, 2_000))
    await pause(forMs)
    socket.write(wire.slice(2_000))
    const explained = await house.explained(id)
    socket.destroy()
    return explained
  }

/** Far longer than a healthy answer takes: in this process the backend stands still too, and is late by less than that. */
const BLOCKED_MS = 1_800

/** Nothing else may be under way: the thread that stands still is everybody's. */
export const stalled =
  (asked: Asked, afterMs: number): Way =>
  async ({ house }, id) => {
    const explained = house.ask({ ...asked, id })
    await pause(afterMs)
    const untilMs = performance.now() + BLOCKED_MS
    while (performance.now() < untilMs);
    return explained
  }
