// A few connections to a target, for questions beside the load: whether anybody is there, and what can be asked.
import { connect } from 'node:net'
import { Agent } from 'undici'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from './connection-failure.ts'
import type { Target } from './target.ts'

const CONNECT_MS = 5_000

export function connectionOf({ socketPath }: Target): Agent {
  return new Agent({
    connect: { timeout: CONNECT_MS, ...(socketPath === undefined ? {} : { socketPath }) },
  })
}

/** Why nobody can be connected to there; undefined when somebody can. Nothing is sent. */
export function whyUnreachable(target: Target, clock: Pick<Clock, 'after'>): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(target.origin)
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const usual = protocol === 'https:' ? 443 : 80
  const socket =
    target.socketPath === undefined
      ? connect({ host, port: port === '' ? usual : Number(port) })
      : connect(target.socketPath)
  return new Promise((resolve) => {
    const end = (why: string | undefined): void => {
      stop()
      socket.destroy()
      resolve(why)
    }
    const stop = clock.after(CONNECT_MS, () => end(`no connection in ${CONNECT_MS / 1_000} s`))
    socket.once('connect', () => end(undefined))
    socket.once('error', (error) => end(messageOf(error)))
  })
}
