// A port in front of a server that can be frozen: nothing is accepted until it thaws, and its queue is full meanwhile, so that a
// connection to it is under way for as long. In another process, because one that runs cannot help accepting.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '../support/weir.ts'

export interface FrozenListener {
  readonly url: string
  freeze(): Promise<void>
  thaw(): void
  close(): void
}

/** Passes on whatever comes, both ways. */
const SCRIPT = `
  const { connect, createServer } = require('node:net')
  const server = createServer((near) => {
    const far = connect(Number(process.argv[1]), '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.pipe(far).pipe(near)
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))
`
/** More than Linux queues for a backlog of one. */
const MOST_FILLERS = 16
/** A connection on the same machine that takes longer than this is not being let in. */
const WAIT_MS = 150

export async function startFrozenListener(targetPort: number): Promise<FrozenListener> {
  const child = spawn(process.execPath, ['-e', SCRIPT, String(targetPort)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(said.toString())
  const fillers: Socket[] = []
  const leave = (): void => {
    for (const socket of fillers.splice(0)) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async freeze() {
      child.kill('SIGSTOP')
      while (fillers.length < MOST_FILLERS) {
        const socket = connect({ port, host: '127.0.0.1' })
        socket.on('error', () => undefined)
        fillers.push(socket)
        const startedMs = performance.now()
        await until(
          () => !socket.connecting || performance.now() - startedMs > WAIT_MS,
          'a connection, or none',
        )
        if (socket.connecting) return
      }
    },
    thaw() {
      leave()
      child.kill('SIGCONT')
    },
    close() {
      leave()
      child.kill('SIGKILL')
    },
  }
}
