// The listener: opens, refuses, closes. What requests get is in requests.ts.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoadCounts } from './engine.ts'
import type { Exchange } from './exchange.ts'
import type { LedgerSnapshot } from './ledger.ts'
import type { ProfileInput, SimulatorProfile } from './profile.ts'
import { toProfile } from './profile-parse.ts'
import { createRequestHandler } from './requests.ts'
import { Site } from './site.ts'

const REOPEN_RETRY_MS = 50

export interface SimulatorAddress {
  readonly url: string
  readonly host: string
  readonly port: number
}

export interface Simulator {
  /** Opens the listener; port 0, the default, takes a free one. */
  listen(where?: { readonly host?: string; readonly port?: number }): Promise<SimulatorAddress>
  /** Ends every connection and waits until all is closed. Calling it again is harmless. */
  close(): Promise<void>
  /** Changes some of the profile at once; requests in flight keep what they began with. Throws SimulatorProfileError. */
  configure(change: ProfileInput): void
  /** Forgets the ledger and the meters, and starts chance anew. */
  reset(): void
  /** A copy of what was seen so far. */
  readonly ledger: LedgerSnapshot
  readonly profile: SimulatorProfile
  /** Models loaded since the start because somebody asked for them. */
  readonly loads: LoadCounts
  /** Undefined before `listen`; kept while connections are refused. */
  readonly address: SimulatorAddress | undefined
}

export function createSimulator(input: ProfileInput = {}): Simulator {
  const site = new Site(toProfile(input))
  return new RunningSimulator(site)
}

class RunningSimulator implements Simulator {
  readonly #site: Site
  readonly #inFlight = new Set<Exchange>()
  readonly #server
  #address: SimulatorAddress | undefined
  #reopening: NodeJS.Timeout | undefined
  #opening: Promise<void> | undefined

  constructor(site: Site) {
    this.#site = site
    this.#server = createServer(createRequestHandler(site, this.#inFlight))
    this.#server.keepAliveTimeout = site.profile.idleConnectionMs
    // The listener follows the profile, whoever changed it: the owner in process or a caller of /sim/configure.
    site.onConfigure = () => this.#follow()
  }

  get ledger(): LedgerSnapshot {
    return this.#site.ledger.snapshot()
  }

  get profile(): SimulatorProfile {
    return this.#site.profile
  }

  get loads(): LoadCounts {
    return this.#site.engine.loads
  }

  get address(): SimulatorAddress | undefined {
    return this.#address
  }

  async listen({ host = '127.0.0.1', port = 0 } = {}): Promise<SimulatorAddress> {
    await this.#open(host, port)
    const bound = this.#server.address() as AddressInfo
    const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
    this.#address = { url: `http://${shown}:${bound.port}`, host, port: bound.port }
    this.#follow()
    return this.#address
  }

  configure(change: ProfileInput): void {
    this.#site.configure(change)
  }

  reset(): void {
    this.#site.reset()
  }

  async close(): Promise<void> {
    clearTimeout(this.#reopening)
    this.#address = undefined
    await this.#opening
    for (const x of this.#inFlight) x.stop()
    const closed = new Promise<void>((resolve) => {
      // The only error is "not running", which is what was wanted.
      this.#server.close(() => resolve())
    })
    this.#server.closeAllConnections()
    await closed
  }

  #open(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  /** On the port it had. If somebody took that meanwhile, it keeps trying. */
  #reopen({ host, port }: SimulatorAddress): void {
    if (this.#server.listening) return
    const look = (): void => {
      this.#opening = undefined
      this.#follow()
    }
    this.#opening = this.#open(host, port).then(look, () => {
      this.#opening = undefined
      this.#reopening = setTimeout(() => this.#follow(), REOPEN_RETRY_MS).unref()
    })
  }

  /** Opens or closes the listener as `refuse` says. */
  #follow(): void {
    const { refuse, refuseForMs, idleConnectionMs } = this.#site.profile
    this.#server.keepAliveTimeout = idleConnectionMs
    clearTimeout(this.#reopening)
    // While it opens, nothing: it looks again when that is done.
    if (this.#address === undefined || this.#opening !== undefined) return
    if (!refuse) {
      this.#reopen(this.#address)
      return
    }
    if (this.#server.listening) this.#server.close()
    if (refuseForMs > 0) {
      this.#reopening = setTimeout(() => this.#site.configure({ refuse: false }), refuseForMs).unref()
    }
  }
}
