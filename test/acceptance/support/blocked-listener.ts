// A port that lets nobody in: its listener never accepts and its queue is full, so a connection to it stays under way.
// In another process, because a process that runs cannot help accepting.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '../../support/weir.ts'

export interface BlockedListener {
  readonly port: number
  close(): void
}

/** Listens, says where, and sleeps for ever before the first connection can be accepted. */
const SCRIPT = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
/** More than Linux queues for a backlog of one; a system that lets them all in cannot show this phase. */
const MOST_FILLERS = 16
/** A connection on the same machine that takes longer than this is not being let in. */
const WAIT_MS = 150

/** Undefined where the system lets connections in however full the queue is. */
export async function startBlockedListener(): Promise<BlockedListener | undefined> {
  const child = spawn(process.execPath, ['-e', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(said.toString())
  const fillers: Socket[] = []
  const close = (): void => {
    for (const socket of fillers) socket.destroy()
    child.kill('SIGKILL')
  }
  while (fillers.length < MOST_FILLERS) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    fillers.push(socket)
    const startedMs = performance.now()
    await until(() => !socket.connecting || performance.now() - startedMs > WAIT_MS, 'a connection, or none')
    if (socket.connecting) return { port, close }
  }
  close()
  return undefined
}
