// A program of somebody else for one test: started in a folder, waited for until its page answers, and gone with the test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { until } from './weir.ts'

export interface Program {
  readonly binary: string
  readonly args: readonly string[]
  readonly folder: string
  /** Answers with 200 as soon as it can be used. */
  readonly readyUrl: string
}

const START_WITHIN_MS = 15_000

export async function startProgram(
  t: TestContext,
  { binary, args, folder, readyUrl }: Program,
): Promise<void> {
  const child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => void said.push(chunk))
  const gone = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const isReady = async (): Promise<boolean> => (await fetch(readyUrl).catch(() => undefined))?.status === 200
  await until(isReady, `${binary} at ${readyUrl}`, START_WITHIN_MS).catch((thrown: unknown) => {
    throw new Error(`${binary} said: ${Buffer.concat(said).toString()}`, { cause: thrown })
  })
}
