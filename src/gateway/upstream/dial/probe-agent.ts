// undici for the questions about a backend (probes), on sockets of the same dialer: they go nowhere that requests may not go.
import type { Socket } from 'node:net'
import { Agent } from 'undici'
import type { Dialer, DialTarget } from './dialer.ts'

/** The system's word for it, so that it is judged as one. */
class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout'
  readonly code = 'ETIMEDOUT'
}

export interface ProbeAgentInput {
  readonly dialer: Dialer
  readonly target: DialTarget
  /** Name, TCP and TLS together. */
  readonly connectTimeoutMs: number
}

export function createProbeAgent(input: ProbeAgentInput): Agent {
  return new Agent({
    connect: (_, done) => {
      open(input).then(
        (socket) => done(null, socket),
        (thrown: unknown) => done(thrown as Error, null),
      )
    },
  })
}

/** A socket that stands. */
function open({ dialer, target, connectTimeoutMs }: ProbeAgentInput): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined
    let isLate = false
    const stopTimer = dialer.clock.after(connectTimeoutMs, () => {
      isLate = true
      const error = new ConnectTimeout(`no connection within ${connectTimeoutMs} ms`)
      socket?.destroy(error)
      reject(error)
    })
    const fail = (thrown: unknown): void => {
      stopTimer()
      reject(thrown instanceof Error ? thrown : new TypeError(String(thrown)))
    }
    const find = async () => dialer.find(target)
    find().then((addresses) => {
      if (isLate) return
      socket = dialer.connect(target, addresses)
      // undici listens from the moment it gets the socket.
      socket.once('error', fail)
      socket.once(target.isTls ? 'secureConnect' : 'connect', () => {
        stopTimer()
        socket?.off('error', fail)
        if (socket !== undefined) resolve(socket)
      })
    }, fail)
  })
}
