// A port for a server of somebody else that cannot be asked to choose one itself.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Free a moment ago: whoever starts a server on it may still have to try another. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
