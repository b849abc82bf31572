// Commands of `weir` in a folder of their own, without a process for each: what they print, and how they end.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import type { World } from '../../src/cli/world.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { systemIds } from '../../src/core/ids.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What some commands need of the world around them. */
export interface Outside {
  readonly on?: World['signals']['on']
  /** Told of what is printed when it is. */
  readonly onOut?: (text: string) => void
}

/** Words are separated by spaces; the folder holds this weir.yaml. */
export function createShell(
  context: TestContext,
  file: string,
  terminal: { readonly isTTY?: boolean; readonly columns?: number } = {},
  clock: Pick<Clock, 'wall'> = systemClock,
  outside: Outside = {},
): (line: string) => Promise<Ended> {
  const cwd = mkdtempSync(join(tmpdir(), 'weir-shell-'))
  context.after(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, 'weir.yaml'), file)
  return async (line) => {
    const written = { out: '', err: '' }
    const never = (): never => assert.fail('this command asks for nothing but a configuration')
    const world = {
      ...{ env: {}, cwd, ids: systemIds, clock },
      streams: {
        stdout: { write: (text: string) => (outside.onOut?.(text), (written.out += text)), ...terminal },
        stderr: { write: (text: string) => (written.err += text) },
      },
      ...{ signals: { on: outside.on ?? never }, readBuild: never, serve: never, explainRoute: never },
    } as unknown as World
    const code = await run(line.split(' '), world)
    return { code, ...written }
  }
}
