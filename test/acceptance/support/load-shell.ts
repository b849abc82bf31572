// `weir load` in a folder of its own, without a process: what it prints as it goes, how it ends, and a hand on Ctrl-C.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { run } from '../../../src/cli/run.ts'
import { createSystemWorld } from '../../../src/cli/system.ts'
import type { World } from '../../../src/cli/world.ts'
import { createSimulator, type ProfileInput, type Simulator } from '../../../src/simulator/index.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Shell {
  readonly weir: (line: string) => Promise<Ended>
  /** What the run in progress has said so far. */
  readonly said: () => string
  readonly interrupt: () => void
  readonly folder: string
}

export function openShell(
  context: TestContext,
  { env = {}, isTTY = false }: { env?: World['env']; isTTY?: boolean } = {},
): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'weir-load-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const running = new Set<() => void>()
  let err = ''
  return {
    folder,
    said: () => err,
    interrupt: () => running.forEach((handler) => handler()),
    async weir(line) {
      let out = ''
      const handlers = new Set<() => void>()
      err = ''
      const world: World = {
        ...createSystemWorld(),
        ...{ env, cwd: folder },
        streams: {
          stdout: { write: (text: string) => (out += text), isTTY },
          stderr: { write: (text: string) => (err += text), isTTY, columns: 120 },
        },
        signals: {
          on: (_, handler) => {
            handlers.add(handler)
            running.add(handler)
            return () => void (handlers.delete(handler), running.delete(handler))
          },
        },
      }
      const code = await run(line.split(' '), world)
      assert.equal(handlers.size, 0, 'a signal handler was left behind')
      return { code, out, err }
    },
  }
}

export async function startSimulator(
  context: TestContext,
  profile: ProfileInput,
): Promise<Simulator & { url: string }> {
  const simulator = createSimulator(profile)
  const { url } = await simulator.listen()
  context.after(() => simulator.close())
  return Object.assign(simulator, { url })
}
