// A gateway with several simulators behind it, each of which a test can spoil by itself.
import { afterEach } from 'node:test'
import { createSimulator, type ProfileInput, type Simulator } from '../../../src/simulator/index.ts'
import type { WeirOptions } from '../../../src/app/app.ts'
import { startGateway, type TestGateway, type Written } from '../../support/weir.ts'

export interface Fleet {
  readonly gateway: TestGateway
  readonly simulators: Readonly<Record<string, Simulator>>
  /** Model requests that a backend has been asked, refused connections left out. */
  started(name: string): number
  close(): Promise<void>
}

export interface FleetOptions {
  /** What is merged into every backend. */
  readonly backend?: Written
  readonly config?: Written
  readonly extra?: Partial<WeirOptions>
}

/** By the backend's name: what it is like, and the models it lists. */
export type Members = Readonly<Record<string, ProfileInput & { readonly serves: readonly string[] }>>

/** Backends know their own models and no others. */
async function startFleet(members: Members, { backend, config, extra }: FleetOptions = {}): Promise<Fleet> {
  const simulators: Record<string, Simulator> = {}
  const backends: Written[] = []
  for (const [name, { serves, ...profile }] of Object.entries(members)) {
    const models = serves.map((model) => ({ name: model }))
    const simulator = createSimulator({
      ...{ models, strictModels: true, listFaultModels: false, outputTokens: 4, recordRequests: true },
      ...profile,
    })
    const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
    simulators[name] = simulator
    backends.push({ name, url, kind: 'simulator', ...backend })
  }
  const gateway = await startGateway({ backends, ...config }, extra)
  return {
    gateway,
    simulators,
    started: (name) => simulators[name]?.ledger.totals.started ?? 0,
    async close() {
      await gateway.stop()
      for (const simulator of Object.values(simulators)) await simulator.close()
    },
  }
}

/** Starts fleets for the tests of a file: those of one test are closed when it is over. */
export function createFleets(): typeof startFleet {
  let fleets: Fleet[] = []
  afterEach(async () => {
    for (const fleet of fleets) await fleet.close()
    fleets = []
  })
  return async (members, options) => {
    const fleet = await startFleet(members, options)
    fleets.push(fleet)
    return fleet
  }
}
