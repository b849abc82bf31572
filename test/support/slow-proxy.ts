// A TCP proxy that can be slow or deaf: the network between a gateway and what it depends on.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SlowProxy {
  readonly port: number
  /** How long answers are held back. */
  delayMs: number
  /** Resets every connection (RST). */
  reset(): void
  close(): Promise<void>
}

export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>()
  const proxy = { delayMs: 0 }
  const server = createServer((caller) => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [caller, target]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        caller.destroy()
        target.destroy()
      })
    }
    caller.on('data', (chunk) => target.write(chunk))
    target.on('data', (chunk) => {
      if (proxy.delayMs === 0) caller.write(chunk)
      else setTimeout(() => caller.write(chunk), proxy.delayMs)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  })
}
