// The backends of a run, a tap on the wire to each: a flaky one, one that is killed, one that freezes, and the spare one that
// serves the fallback model.
import { createSimulator, type LedgerEntry, type ProfileInput } from '../../../src/simulator/index.ts'
import { startTap, type Tap } from '../tap.ts'
import { startBackendProcess } from './backend-process.ts'

export const BACKENDS = ['flaky', 'mortal', 'sleepy', 'spare'] as const
export type BackendName = (typeof BACKENDS)[number]

export function byBackend<T>(toValue: (name: BackendName) => T): Readonly<Record<BackendName, T>> {
  const [flaky, mortal, sleepy, spare] = BACKENDS
  return { flaky: toValue(flaky), mortal: toValue(mortal), sleepy: toValue(sleepy), spare: toValue(spare) }
}

export interface Fleet {
  readonly taps: Readonly<Record<BackendName, Tap>>
  /** New connections to `flaky` are refused for so long. */
  hangUp(forMs: number): Promise<void>
  /** SIGKILL, and a new process after this. */
  kill(deadForMs: number): Promise<void>
  /** SIGSTOP, and SIGCONT after this. */
  freeze(forMs: number): Promise<void>
  entries(): Promise<Readonly<Record<BackendName, readonly LedgerEntry[]>>>
  inFlight(): Promise<number>
  stop(): Promise<void>
}

const HEALTHY: ProfileInput = { outputTokens: 12, firstTokenMs: 2, tokensPerSecond: 4_000, jitterRatio: 0.5 }
const FLAKY_RATIO = 0.04
const FLAKY = (['500', 'reset', 'malformed-after', '503-busy', 'cut-after', 'close-idle'] as const).map(
  (fault) => ({ fault, probabilityRatio: FLAKY_RATIO }),
)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function startFleet(seed: number): Promise<Fleet> {
  const flaky = createSimulator({ ...HEALTHY, seed, faults: FLAKY })
  const spare = createSimulator({ ...HEALTHY, seed: seed + 3 })
  const mortal = await startBackendProcess({ ...HEALTHY, seed: seed + 1 })
  const sleepy = await startBackendProcess({ ...HEALTHY, seed: seed + 2 })
  const taps = {
    flaky: await startTap((await flaky.listen()).port),
    mortal: await startTap(mortal.port),
    sleepy: await startTap(sleepy.port),
    spare: await startTap((await spare.listen()).port),
  }
  return {
    taps,
    async hangUp(forMs) {
      await taps.flaky.hangUp()
      await pause(forMs)
      await taps.flaky.pickUp()
    },
    async kill(deadForMs) {
      await mortal.kill()
      await pause(deadForMs)
      await mortal.restart()
      taps.mortal.retarget(mortal.port)
    },
    async freeze(forMs) {
      sleepy.freeze()
      await pause(forMs)
      sleepy.thaw()
    },
    entries: async () => ({
      flaky: flaky.ledger.entries,
      spare: spare.ledger.entries,
      mortal: await mortal.entries(),
      sleepy: await sleepy.entries(),
    }),
    inFlight: async () =>
      flaky.ledger.totals.inFlight +
      spare.ledger.totals.inFlight +
      (await mortal.inFlight()) +
      (await sleepy.inFlight()),
    async stop() {
      sleepy.thaw()
      for (const tap of Object.values(taps)) await tap.close()
      await Promise.all([flaky.close(), spare.close(), mortal.stop(), sleepy.stop()])
    },
  }
}
