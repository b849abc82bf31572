// The gateway as people run it: a process of its own, started by its command line, told what to do by signals.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { until, type Written } from '../../support/weir.ts'

const MAIN = join(import.meta.dirname, '../../../src/main.ts')
/** Compiling on a busy machine included. */
const START_WITHIN_MS = 20_000

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A line of its log. */
export type LogLine = Readonly<Record<string, unknown>>

export interface WeirProcess {
  readonly port: number
  readonly url: string
  readonly metricsUrl: string
  /** Where its configuration stands, when it has one. */
  readonly file: string
  readonly exit: Promise<Exit>
  readonly exited: boolean
  /** What it has logged so far. */
  lines(): LogLine[]
  /** Everything it has printed so far. */
  output(): string
  /** Replaces its configuration file, as an editor does. */
  write(written: Written | string): void
  kill(signal: NodeJS.Signals): void
  /** Ends it whatever it is doing, and removes its files. */
  destroy(): Promise<void>
}

export interface ProcessOptions {
  /** The configuration file, as text or as what it says on free ports; without it the process gets none. */
  readonly config?: Written | string
  readonly args?: readonly string[]
  /** Sent at its first line, which comes before it serves. */
  readonly signalAtFirstLine?: NodeJS.Signals
}

/** Listeners on free ports, found out from the lines the process prints. */
export const FREE_PORTS: Written = { listen: '127.0.0.1:0', metrics: { listen: '127.0.0.1:0' } }

export async function startProcess({
  config,
  args = [],
  signalAtFirstLine,
}: ProcessOptions): Promise<WeirProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-process-'))
  const file = join(folder, 'weir.yaml')
  const write = (written: Written | string): void =>
    writeFileSync(file, typeof written === 'string' ? written : stringify(written))
  if (config !== undefined) write(typeof config === 'string' ? config : { ...FREE_PORTS, ...config })
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_')))
  const command = config === undefined ? args : ['serve', '-c', file, ...args]
  const child = spawn(process.execPath, [MAIN, ...command], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk))
  if (signalAtFirstLine !== undefined) child.stdout.once('data', () => void child.kill(signalAtFirstLine))
  child.stderr.on('data', (chunk: Buffer) => void chunks.push(chunk))
  let exited = false
  // `close` comes when its output is read to the end, which `exit` does not promise.
  const exit = once(child, 'close').then(([code, signal]): Exit => {
    exited = true
    return { code: code as Exit['code'], signal: signal as Exit['signal'] }
  })
  const output = (): string => Buffer.concat(chunks).toString()
  const destroy = async (): Promise<void> => {
    if (!exited) child.kill('SIGKILL')
    await exit
    rmSync(folder, { recursive: true })
  }
  const lines = (): LogLine[] => toLogLines(output())
  try {
    const portOf = await untilStarted({ lines, hasExited: () => exited, output })
    const port = portOf('gateway')
    return {
      port,
      url: `http://127.0.0.1:${port}`,
      metricsUrl: `http://127.0.0.1:${portOf('metrics')}/metrics`,
      file,
      exit,
      get exited() {
        return exited
      },
      lines,
      output,
      write,
      kill: (signal) => void child.kill(signal),
      destroy,
    }
  } catch (thrown) {
    await destroy()
    throw thrown
  }
}

interface Starting {
  readonly lines: () => LogLine[]
  readonly hasExited: () => boolean
  readonly output: () => string
}

async function untilStarted({ lines, hasExited, output }: Starting): Promise<(listener: string) => number> {
  const lineOf = (listener: string): LogLine | undefined =>
    lines().find((line) => line['listener'] === listener && String(line['msg']).includes(' started on '))
  await until(
    () => hasExited() || (lineOf('gateway') !== undefined && lineOf('metrics') !== undefined),
    'the gateway to start',
    START_WITHIN_MS,
  )
  return (listener) => {
    const port = /:(\d+)$/.exec(String(lineOf(listener)?.['msg']))?.[1]
    assert.ok(port !== undefined, `it did not start:\n${output()}`)
    return Number(port)
  }
}

function toLogLines(output: string): LogLine[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as LogLine]
    } catch {
      // The last line may still be on its way.
      return []
    }
  })
}
