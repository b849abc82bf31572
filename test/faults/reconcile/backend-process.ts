// A simulator as people run it, in a process of its own, that can be killed, started again, and frozen. What it had seen is
// asked for before it dies.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LedgerEntry, LedgerSnapshot, ProfileInput } from '../../../src/simulator/index.ts'
import { until } from '../../support/weir.ts'

export interface BackendProcess {
  readonly port: number
  /** As without a word: SIGKILL. */
  kill(): Promise<void>
  /** Another process, on another port. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
  /** Of every life, as far as it was asked for before the death. */
  entries(): Promise<readonly LedgerEntry[]>
  inFlight(): Promise<number>
  stop(): Promise<void>
}

const MAIN = join(import.meta.dirname, '../../../src/main.ts')
const START_WITHIN_MS = 20_000
const LOCAL = '127.0.0.1'

interface Life {
  readonly child: ChildProcess
  readonly port: number
}

export async function startBackendProcess(profile: ProfileInput): Promise<BackendProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-backend-'))
  const file = join(folder, 'profile.json')
  writeFileSync(file, JSON.stringify(profile))
  const past: LedgerEntry[] = []
  let life: Life | undefined = await begin(file)
  const ledger = async (): Promise<LedgerSnapshot | undefined> => {
    if (life === undefined) return undefined
    const response = await fetch(`http://${LOCAL}:${life.port}/sim/ledger`)
    return (await response.json()) as LedgerSnapshot
  }
  const end = async (): Promise<void> => {
    if (life === undefined) return
    const { child } = life
    life = undefined
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return {
    get port() {
      return life?.port ?? 0
    },
    async kill() {
      past.push(...((await ledger())?.entries ?? []))
      await end()
    },
    async restart() {
      life ??= await begin(file)
    },
    freeze: () => void life?.child.kill('SIGSTOP'),
    thaw: () => void life?.child.kill('SIGCONT'),
    entries: async () => [...past, ...((await ledger())?.entries ?? [])],
    inFlight: async () => (await ledger())?.totals.inFlight ?? 0,
    async stop() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function begin(file: string): Promise<Life> {
  const args = [MAIN, 'simulate', '--listen', `${LOCAL}:0`, '--profile', file]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const portIn = (): number => Number(/started on http:\/\/[^:]+:(\d+)/.exec(printed)?.[1] ?? 0)
  await until(() => portIn() > 0 || child.exitCode !== null, 'the simulator starts', START_WITHIN_MS)
  return { child, port: portIn() }
}
