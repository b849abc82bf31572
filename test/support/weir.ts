// The real gateway on port 0 with the simulator behind it: what every acceptance test stands on.
import assert from 'node:assert/strict'
import { stringify } from 'yaml'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWeir, type Weir, type WeirOptions } from '../../src/app/app.ts'
import { createLoader } from '../../src/config/load.ts'
import type { Config } from '../../src/config/resolve.ts'
import type { RequestRecord } from '../../src/core/record.ts'
import {
  createSimulator,
  type LedgerSnapshot,
  type ProfileInput,
  type Simulator,
} from '../../src/simulator/index.ts'
import type { LogFile } from '../../src/telemetry/log-output.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { systemClock } from '../../src/core/clock.ts'

/** Anything that can stand in the configuration file. */
export type Written = Readonly<Record<string, unknown>>

/** Listeners on free ports, and nothing kept from one test for another. */
const DEFAULTS: Written = { listen: '127.0.0.1:0', data: join(tmpdir(), 'weir-test-without-data') }

/** What people write, as what the program reads; fails the test with every problem. */
export function toConfig(written: Written, env: Readonly<Record<string, string>> = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'))
  try {
    const file = join(folder, 'weir.yaml')
    writeFileSync(
      file,
      stringify({ ...DEFAULTS, ...written, server: serverOf(written), metrics: metricsOf(written) }),
    )
    const result = createLoader({ file, env, cwd: folder, given: [] })()
    assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems))
    return result.config
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The gateway shares its thread with the test: how late that thread is says nothing about the gateway. */
function serverOf(written: Written): unknown {
  return { maxLoopDelay: '1h', ...(written['server'] as object | undefined) }
}

function metricsOf(written: Written): unknown {
  return { listen: '127.0.0.1:0', ...(written['metrics'] as object | undefined) }
}

export interface TestGateway {
  readonly weir: Weir
  readonly url: string
  readonly port: number
  readonly metricsUrl: string
  readonly records: RequestRecord[]
  readonly logLines: string[]
  /** Waits until this many records are sealed; fails after a while. */
  untilSealed(count: number): Promise<readonly RequestRecord[]>
  scrape(accept?: string): Promise<string>
  stop(): Promise<void>
}

export async function startGateway(written: Written, extra: Partial<WeirOptions> = {}): Promise<TestGateway> {
  const records: RequestRecord[] = []
  const logLines: string[] = []
  const logger = createLogger({
    level: 'debug',
    format: 'json',
    clock: systemClock,
    file: toMemory(logLines),
  })
  // Each has its own: records are kept by one gateway at a time.
  const data = mkdtempSync(join(tmpdir(), 'weir-test-data-'))
  const weir = await startWeir({
    config: toConfig({ data, ...written }),
    defaultBackends: [],
    logger,
    build: { version: '0.0.0', commit: 'test' },
    onRecord: (record) => void records.push(record),
    ...extra,
  })
  const portOf = (address: Weir['gatewayAddress']): number => (address.kind === 'tcp' ? address.port : 0)
  const port = portOf(weir.gatewayAddress)
  const metricsUrl = `http://127.0.0.1:${portOf(weir.metricsAddress)}/metrics`
  return {
    weir,
    url: `http://127.0.0.1:${port}`,
    port,
    metricsUrl,
    records,
    logLines,
    async untilSealed(count) {
      await until(() => records.length >= count, `${count} records, ${records.length} so far`)
      return records
    },
    async scrape(accept = 'text/plain') {
      return (await fetch(metricsUrl, { headers: { accept } })).text()
    },
    async stop() {
      await weir.stop({ windowMs: 2_000 })
      await logger.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function toMemory(lines: string[]): LogFile {
  const keep = (bytes: Buffer): number => {
    lines.push(
      ...bytes
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== ''),
    )
    return bytes.length
  }
  return {
    write: (bytes, done) => done(null, keep(bytes)),
    writeSync: keep,
    pause: () => undefined,
  }
}

export interface Stage extends TestGateway {
  readonly simulator: Simulator
  readonly simulatorUrl: string
  ledger(): LedgerSnapshot
}

export interface StageOptions {
  readonly profile?: ProfileInput
  readonly config?: Written
  /** Merged into the one backend. */
  readonly backend?: Written
  readonly extra?: Partial<WeirOptions>
}

/** A gateway with one simulator behind it. */
export async function startStage({ profile, config, backend, extra }: StageOptions = {}): Promise<Stage> {
  const simulator = createSimulator({ recordRequests: true, ...profile })
  const { url: simulatorUrl } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  const gateway = await startGateway(
    { backends: [{ name: 'sim', url: simulatorUrl, kind: 'simulator', ...backend }], ...config },
    extra,
  )
  return {
    ...gateway,
    simulator,
    simulatorUrl,
    ledger: () => simulator.ledger,
    async stop() {
      await gateway.stop()
      await simulator.close()
    },
  }
}

const PATIENCE_MS = 10_000

/** Looks again and again, a few milliseconds apart, until it is so; fails the test when it takes too long. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const giveUpMs = performance.now() + patienceMs
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpMs, `waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
