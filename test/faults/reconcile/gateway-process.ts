// The real gateway in a process of its own, with a window into it for the test that started it: records as they are made,
// balances through the ledger's port, open files, memory. Its log goes to its standard output.
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { startWeir, type Weir } from '../../../src/app/app.ts'
import { createReloader } from '../../../src/app/reload.ts'
import { createLoader } from '../../../src/config/load.ts'
import { systemClock } from '../../../src/core/clock.ts'
import type { RequestRecord } from '../../../src/core/record.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import type { Rule } from '../../../src/access/limits/rule.ts'

/** What this process tells unasked. */
export type Told =
  | { readonly kind: 'started'; readonly port: number; readonly metricsPort: number }
  | {
      readonly kind: 'record'
      readonly record: RequestRecord
      readonly wasGranted: boolean
      /** On the monotonic clock, by which a record's own times are measured. */
      readonly sealedMs: number
    }
  | { readonly kind: 'answer'; readonly to: number; readonly value: unknown }

export interface Asked {
  readonly number: number
  readonly word: keyof Words
  readonly argument?: unknown
}

export interface Words {
  /** Reads the file again. Answers when the new configuration serves, or was refused. */
  readonly reload: () => Promise<void>
  readonly state: () => LiveCounts
  readonly memory: () => MemorySample
  /** What each of these rules has counted; for slots, how many are taken. */
  readonly used: (rules: readonly Rule[]) => Promise<number[]>
  /** Stops the gateway; answers how many more files are open than before it began. */
  readonly stop: () => Promise<number>
}

export interface LiveCounts {
  readonly opened: number
  readonly sealed: number
  readonly inflight: number
  readonly connections: number
  readonly slotsInUse: number
  readonly queueDepth: number
  /** Requests that are at a backend, or wait for a connection to one. */
  readonly atBackends: number
}

export interface MemorySample {
  readonly residentMiB: number
  /** Heap and buffers, after a collection. */
  readonly usedMiB: number
}

const BYTES_PER_MIB = 1_048_576

const tell = (told: Told): void => void process.send?.(told)
const countOpenFiles = (): number => readdirSync('/proc/self/fd').length

/** The stage behind the limits was entered: what the request may come to has been set aside. */
const granted = new Set<string>()

function createWords(weir: Weir, reload: (why: string) => Promise<void>, filesBefore: number): Words {
  return {
    reload: () => reload('the test'),
    state() {
      const { gateway } = weir
      const backends = [...gateway.backends()]
      const sum = (toCount: (backend: (typeof backends)[number]) => number): number =>
        backends.reduce((total, backend) => total + toCount(backend), 0)
      return {
        opened: gateway.opened,
        sealed: gateway.sealed,
        inflight: [...gateway.inflight()].length,
        connections: gateway.connections,
        slotsInUse: sum(({ slotsInUse }) => slotsInUse),
        queueDepth: sum(({ queueDepth }) => queueDepth),
        atBackends: sum(({ pool }) => pool.running + pool.pending),
      }
    },
    memory() {
      void globalThis.gc?.()
      const { rss, heapUsed, external } = process.memoryUsage()
      return { residentMiB: rss / BYTES_PER_MIB, usedMiB: (heapUsed + external) / BYTES_PER_MIB }
    },
    used: (rules) => Promise.all(rules.map((rule) => readUsed(weir, rule))),
    async stop() {
      await weir.stop({ windowMs: 2_000 })
      // The log and the connection to the test stay open.
      return countOpenFiles() - filesBefore
    },
  }
}

/** Far above anything that is counted here, so that a debt is seen too. */
const BOUNDLESS = Number.MAX_SAFE_INTEGER

/** Asks the ledger for nothing, which it grants, and reads from its answer what others have used. */
async function readUsed({ gateway }: Weir, rule: Rule): Promise<number> {
  const ledger = gateway.runtime.limits?.ledger
  if (ledger === undefined) return Number.NaN
  const rules = [{ ...rule, capacity: BOUNDLESS }]
  const decision = await ledger.reserve({ id: '', rules, tokens: 0, micros: 0 })
  await ledger.settle(decision, { tokens: 0, micros: 0 })
  // A question is itself a request, and holds a slot while it is asked.
  const own = rule.kind === 'requests' || rule.kind === 'concurrent' ? 1 : 0
  return BOUNDLESS - (decision.remaining[0] ?? Number.NaN) - own
}

async function main(file: string): Promise<void> {
  const filesBefore = countOpenFiles()
  const logger = createLogger({ level: 'info', format: 'json', clock: systemClock })
  const load = createLoader({ file, env: {}, cwd: dirname(file), given: [] })
  const first = load()
  if (!first.ok) throw new TypeError(JSON.stringify(first.problems))
  const weir = await startWeir({
    config: first.config,
    defaultBackends: [],
    logger,
    build: { version: '0.0.0', commit: 'test' },
    onStage: (id, stage) => void (stage === 'guard-prompt' && granted.add(id)),
    onRecord: (record) =>
      tell({ kind: 'record', record, wasGranted: granted.delete(record.id), sealedMs: systemClock.now() }),
  })
  const words = createWords(weir, createReloader(weir, { load, logger }), filesBefore)
  process.on('message', ({ number, word, argument }: Asked) => {
    void Promise.resolve(words[word](argument as never)).then(async (value) => {
      tell({ kind: 'answer', to: number, value })
      if (word !== 'stop') return
      await logger.close()
      process.disconnect()
    })
  })
  const portOf = (address: Weir['gatewayAddress']): number => (address.kind === 'tcp' ? address.port : 0)
  tell({ kind: 'started', port: portOf(weir.gatewayAddress), metricsPort: portOf(weir.metricsAddress) })
}

await main(process.argv[2] ?? '')
