// A model server that can be killed and stopped like a real one: the simulator in a process of its own, on a port that stays.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProfileInput } from '../../../src/simulator/index.ts'
import { until } from '../../support/weir.ts'

const MAIN = join(import.meta.dirname, '../../../src/main.ts')

export interface SimulatorProcess {
  readonly url: string
  readonly port: number
  kill(signal: NodeJS.Signals): void
  /** Ends it whatever it is doing. */
  destroy(): Promise<void>
}

/** Resolves when it listens; `port` 0 takes a free one. */
export async function startSimulatorProcess(profile: ProfileInput, port = 0): Promise<SimulatorProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-simulator-'))
  const file = join(folder, 'profile.json')
  writeFileSync(file, JSON.stringify(profile))
  const child = spawn(
    process.execPath,
    [MAIN, 'simulate', '--listen', `127.0.0.1:${port}`, '--profile', file],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => void (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (printed += chunk.toString()))
  const exited = once(child, 'close')
  const destroy = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until(() => /started on http:\S+:\d+/.test(printed), `the simulator to start: ${printed}`, 20_000)
  } catch (thrown) {
    await destroy()
    throw thrown
  }
  const listening = Number(/started on http:\S+?:(\d+)/.exec(printed)?.[1])
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    kill: (signal) => void child.kill(signal),
    destroy,
  }
}
