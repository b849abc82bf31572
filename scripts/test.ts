// Runs the tests with Node's own runner: all of them, or the files whose path holds one of the given patterns.
// It prints nothing after the runner's summary, so that the last lines always say how it went.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { installComponents } from './install-components.ts'
import { toGroups, withGroupFiles } from './test-groups.ts'

const ROOT = path.dirname(import.meta.dirname)
const TEST_FILES = ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts']
// Acceptance tests start servers of their own; more files at once than this only make each other's timings worse.
const MOST_FILES_AT_ONCE = 4
// A hanging file must fail by name long before a CI run is ended without one.
const FILE_TIMEOUT_MS = 300_000
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
  const { shared, alone } = toGroups(
    files.map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') })),
  )
  return await withGroupFiles(shared, {
    root: ROOT,
    use: async (groupFiles) => await runTests([...flags, ...groupFiles, ...alone]),
  })
}

async function runTests(args: readonly string[]): Promise<number> {
  // Half the cores: many files start processes of their own, and what they hold to a clock would be starved by their neighbours.
  const concurrency = Math.max(1, Math.min(MOST_FILES_AT_ONCE, Math.floor(os.availableParallelism() / 2)))
  const options = ['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${FILE_TIMEOUT_MS}`]
  const child = spawn(process.execPath, [...options, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    // Every process loads the same sources: types are taken out of each, and each is compiled, once.
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
  })
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
