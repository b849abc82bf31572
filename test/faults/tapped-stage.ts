// The real gateway with simulators behind it, and a tap on the wire to each.
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, type TestGateway, type Written } from '../support/weir.ts'
import { startTap, type Tap } from './tap.ts'

export interface TappedStage extends TestGateway {
  readonly simulators: readonly Simulator[]
  readonly taps: readonly Tap[]
}

/** `toConfig` gets the address of each tap. */
export async function startTappedStage(
  profiles: readonly ProfileInput[],
  toConfig: (urls: readonly string[]) => Written,
): Promise<TappedStage> {
  const simulators = profiles.map((profile) => createSimulator(profile))
  const addresses = await Promise.all(simulators.map((simulator) => simulator.listen()))
  const taps = await Promise.all(addresses.map(({ port }) => startTap(port)))
  const gateway = await startGateway(toConfig(taps.map(({ url }) => url)))
  return {
    ...gateway,
    simulators,
    taps,
    async stop() {
      await gateway.stop()
      await Promise.all(taps.map((tap) => tap.close()))
      await Promise.all(simulators.map((simulator) => simulator.close()))
    },
  }
}
