// Starts the gateway in its own process and keeps what it tells: its records, its log lines by request, its answers.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import type { Rule } from '../../../src/access/limits/rule.ts'
import type { RequestRecord } from '../../../src/core/record.ts'
import { until, type Written } from '../../support/weir.ts'
import type { Asked, LiveCounts, MemorySample, Told, Words } from './gateway-process.ts'

export interface Kept {
  readonly record: RequestRecord
  /** Its limits were asked and let it pass. */
  readonly wasGranted: boolean
  /** On the gateway's monotonic clock. */
  readonly sealedMs: number
}

export interface GatewayHandle {
  readonly port: number
  /** Where its budgets are written. */
  readonly dataDir: string
  readonly records: ReadonlyMap<string, Kept>
  /** Records in all, so that an id that comes twice is seen. */
  readonly recordCount: number
  /** By request id: how many log lines it has. */
  readonly requestLines: ReadonlyMap<string, number>
  /** Other lines at level error. */
  readonly errorLines: readonly string[]
  /** Resolves when the request is sealed. */
  recordOf(id: string): Promise<Kept>
  /** Writes the file as an editor does and lets the gateway read it. */
  reload(text: string): Promise<void>
  state(): Promise<LiveCounts>
  memory(): Promise<MemorySample>
  used(rules: readonly Rule[]): Promise<readonly number[]>
  scrape(): Promise<string>
  /** How many more files were open at its end than at its beginning, and how it ended. */
  stop(): Promise<{ readonly filesLeft: number; readonly code: number | null }>
  /** Removes its files; kills it where it still runs. */
  destroy(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, 'gateway-process.ts')
const START_WITHIN_MS = 20_000
/**
 * What makes two samples of memory comparable: a collection of garbage before each, and a nursery that has its full size from
 * the start (V8 doubles it when it likes, 24 MiB at once in the end).
 */
const NODE_ARGS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16']

/** `toWritten` gets the folder for its data. */
export async function startGatewayProcess(toWritten: (dataDir: string) => Written): Promise<GatewayHandle> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-books-'))
  const dataDir = join(folder, 'data')
  const file = join(folder, 'weir.yaml')
  writeFileSync(file, stringify(toWritten(dataDir)))
  const child = spawn(process.execPath, [...NODE_ARGS, PROGRAM, file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const records = new Map<string, Kept>()
  const requestLines = new Map<string, number>()
  const errorLines: string[] = []
  const waiting = new Map<string, (kept: Kept) => void>()
  const answers = new Map<number, (value: unknown) => void>()
  let recordCount = 0
  let ports = { port: 0, metricsPort: 0 }
  child.on('message', (told: Told) => {
    if (told.kind === 'started') ports = told
    else if (told.kind === 'answer') answers.get(told.to)?.(told.value)
    else {
      recordCount += 1
      records.set(told.record.id, told)
      waiting.get(told.record.id)?.(told)
      waiting.delete(told.record.id)
    }
  })
  assert.ok(child.stdout)
  const logRead = readLog(child.stdout, { requestLines, errorLines })
  let asked = 0
  const ask = <T>(word: keyof Words, argument?: unknown): Promise<T> => {
    const number = (asked += 1)
    const answer = new Promise<T>((resolve) => answers.set(number, (value) => resolve(value as T)))
    child.send({ number, word, argument } satisfies Asked)
    return answer.finally(() => answers.delete(number))
  }
  await until(() => ports.port > 0 || child.exitCode !== null, 'the gateway starts', START_WITHIN_MS)
  assert.equal(child.exitCode, null)
  return {
    port: ports.port,
    dataDir,
    records,
    get recordCount() {
      return recordCount
    },
    requestLines,
    errorLines,
    recordOf: (id) => {
      const known = records.get(id)
      return known === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(known)
    },
    reload(text) {
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
      return ask('reload')
    },
    state: () => ask('state'),
    memory: () => ask('memory'),
    used: (rules) => ask('used', rules),
    scrape: async () => (await fetch(`http://127.0.0.1:${ports.metricsPort}/metrics`)).text(),
    async stop() {
      const filesLeft = await ask<number>('stop')
      const code = await exit
      await logRead
      return { filesLeft, code }
    },
    async destroy() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface LogBooks {
  readonly requestLines: Map<string, number>
  readonly errorLines: string[]
}

async function readLog(stdout: NodeJS.ReadableStream, { requestLines, errorLines }: LogBooks): Promise<void> {
  for await (const text of createInterface({ input: stdout })) {
    const line = JSON.parse(text) as Readonly<Record<string, unknown>>
    const id = line['request_id']
    if (line['msg'] === 'request' && typeof id === 'string') {
      requestLines.set(id, (requestLines.get(id) ?? 0) + 1)
    } else if (line['level'] === 'error') {
      errorLines.push(text)
    }
  }
}
