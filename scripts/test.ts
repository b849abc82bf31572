// Runs the tests with Node's own runner: all of them, or the files whose path holds one of the given patterns.
// It prints nothing after the runner's summary, so that the last lines always say how it went.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { installComponents } from './install-components.ts'
import { toTestOrder, withGroupFiles } from './test-groups.ts'
import { runPhases } from './test-phases.ts'

const ROOT = path.dirname(import.meta.dirname)
const TEST_FILES = ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts']
// Acceptance tests start servers of their own; more files at once than this only make each other's timings worse.
const MOST_AT_ONCE = Math.min(4, os.availableParallelism())
// What is held to a clock would be starved by its neighbours.
const FEW_AT_ONCE = Math.max(1, Math.floor(MOST_AT_ONCE / 2))
// A hanging file must fail by name long before a CI run is ended without one.
const FILE_TIMEOUT_MS = 300_000
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const COMPILE_CACHE = path.join(ROOT, '.cache', 'compiled-tests')

/** A pattern is part of a path (`gateway/streaming`), or a glob (`src/core/*.test.ts`). */
export function selectFiles(files: readonly string[], patterns: readonly string[]): string[] {
  if (patterns.length === 0) return [...files]
  const wanted = patterns.map((pattern) => path.normalize(pattern))
  return files.filter((file) =>
    wanted.some((pattern) => file.includes(pattern) || path.matchesGlob(file, pattern)),
  )
}

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const patterns = args.filter((arg) => !arg.startsWith('-'))
  const files = selectFiles(globSync(TEST_FILES, { cwd: ROOT }).toSorted(), patterns)
  if (files.length === 0) {
    process.stderr.write(`no test file matches ${patterns.join(', ')}\n`)
    return 2
  }
  installComponents('test')
  // Every process loads the same sources: types are taken out of each, and each is compiled, once.
  process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE
  const { groups, ...order } = toTestOrder(
    files.map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') })),
  )
  return await withGroupFiles(groups, {
    root: ROOT,
    use: (groupFiles) => {
      const several = [...groupFiles, ...order.files]
      return flags.length > 0 ? runOnce([...flags, ...several, ...order.alone]) : runAll(several, order.alone)
    },
  })
}

async function runAll(several: readonly string[], alone: readonly string[]): Promise<number> {
  const controller = new AbortController()
  for (const signal of SIGNALS) process.on(signal, () => controller.abort())
  const phases = [
    { files: several, concurrency: MOST_AT_ONCE },
    { files: alone, concurrency: FEW_AT_ONCE },
  ]
  const options = { cwd: ROOT, timeoutMs: FILE_TIMEOUT_MS, signal: controller.signal, out: process.stdout }
  return (await runPhases(phases, options)) ? 0 : 1
}

/** With flags of the runner, which takes them on its command line only. */
async function runOnce(args: readonly string[]): Promise<number> {
  const options = ['--test', `--test-concurrency=${FEW_AT_ONCE}`, `--test-timeout=${FILE_TIMEOUT_MS}`]
  const child = spawn(process.execPath, [...options, ...args], { cwd: ROOT, stdio: 'inherit' })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
