// The real program in a process of its own, so that its memory is its own too. Linux: its memory is read from /proc.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { until, type Written } from '../support/weir.ts'

export interface ChildGateway {
  readonly port: number
  readonly metricsPort: number
  /** Every line of its log so far. */
  lines(): readonly Readonly<Record<string, unknown>>[]
  /** The line of one request, once it is there. */
  lineOf(requestId: string): Promise<Readonly<Record<string, unknown>>>
  memory(): Memory
  /** From now on the peak is counted anew. */
  resetPeak(): void
  /** Resolves with the exit code. */
  stop(): Promise<number | null>
}

export interface Memory {
  readonly residentMiB: number
  readonly peakMiB: number
}

const ROOT = join(import.meta.dirname, '..', '..')
const KIB_PER_MIB = 1_024
/** Linux, Documentation/filesystems/proc.rst: 5 resets the peak resident set size. */
const RESET_PEAK = '5'

export interface ChildOptions {
  /** For Node itself. */
  readonly nodeArgs?: readonly string[]
  /** A program and its arguments that starts the gateway in its stead: `prlimit`, `faketime`. */
  readonly within?: readonly string[]
}

export async function startChildGateway(
  written: Written,
  { nodeArgs = [], within = [] }: ChildOptions = {},
): Promise<ChildGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-child-'))
  const file = join(folder, 'weir.yaml')
  const own = { listen: '127.0.0.1:0', metrics: { listen: '127.0.0.1:0' }, data: './data' }
  writeFileSync(file, stringify({ ...own, ...written }))
  const serve = [process.execPath, ...nodeArgs, 'src/main.ts', 'serve', '-c', file, '--log-format', 'json']
  const [program = '', ...args] = [...within, ...serve]
  const child = spawn(program, args, {
    cwd: ROOT,
    env: withoutOurs(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: Record<string, unknown>[] = []
  let rest = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    log.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const portIn = (start: string): number => {
    const line = log.find(({ msg }) => String(msg).startsWith(start))
    return Number(/:(\d+)$/.exec(String(line?.['msg']))?.[1] ?? 0)
  }
  await until(
    () => portIn('gateway started') > 0 && portIn('metrics server started') > 0,
    `the gateway starts; ${complaints}`,
  )
  const pathOf = (name: string): string => `/proc/${child.pid}/${name}`
  return {
    port: portIn('gateway started'),
    metricsPort: portIn('metrics server started'),
    lines: () => log,
    async lineOf(requestId) {
      const find = () => log.find(({ msg, request_id }) => msg === 'request' && request_id === requestId)
      await until(() => find() !== undefined, `the log line of ${requestId}`)
      return find() ?? {}
    },
    memory: () => readMemory(readFileSync(pathOf('status'), 'utf8')),
    resetPeak: () => writeFileSync(pathOf('clear_refs'), RESET_PEAK),
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      rmSync(folder, { recursive: true })
      assert.equal(complaints, '')
      return code
    },
  }
}

/** What configures the tests is not for the program: it would warn of names that it does not know. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('WEIR_')))
}

function readMemory(status: string): Memory {
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / KIB_PER_MIB
  return { residentMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') }
}
