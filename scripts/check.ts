// Everything CI asks except the tests, each question a step of its own: `npm run check`, or `-- --only lint,types`.
// A step is a program with an exit code; what it asks is configured in that program's own file.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

interface Step {
  readonly name: string
  readonly asks: string
  readonly command: readonly string[]
}

interface Result {
  readonly step: Step
  readonly code: number
  readonly output: string
  readonly seconds: number
}

const ROOT = path.dirname(import.meta.dirname)
const BIN = path.join(ROOT, 'node_modules', '.bin')
const MOST_AT_ONCE = 2
const SOURCE_FOLDERS = ['src', 'test', 'bench', 'scripts', 'examples', 'eslint.config.js']

function bin(name: string): string {
  return path.join(BIN, name)
}

function existing(paths: readonly string[]): string[] {
  return globSync(paths, { cwd: ROOT })
}

/** The slowest first: the others fill the second core meanwhile. */
function steps(): readonly Step[] {
  return [
    { name: 'lint', asks: 'does the code keep the house rules?', command: [bin('eslint'), '.'] },
    { name: 'types', asks: 'do the types hold?', command: [bin('tsc'), '-p', 'tsconfig.json'] },
    {
      name: 'format',
      asks: 'is everything laid out by Prettier?',
      command: [bin('prettier'), '--check', '.'],
    },
    {
      name: 'imports',
      asks: 'does everybody import only what they may?',
      command: [
        bin('depcruise'),
        ...['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'],
        ...existing(SOURCE_FOLDERS),
      ],
    },
    {
      name: 'architecture',
      asks: 'do the rules hold that no tool has?',
      command: [process.execPath, '--test', ...existing(['test/architecture/*.test.ts'])],
    },
    {
      name: 'generated',
      asks: 'is every generated file fresh?',
      command: [process.execPath, 'scripts/generate.ts', '--check'],
    },
  ]
}

async function run(step: Step): Promise<Result> {
  const [program = '', ...args] = step.command
  const started = performance.now()
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve(exitCode ?? 1))
  })
  const seconds = (performance.now() - started) / 1000
  return { step, code, output: Buffer.concat(chunks).toString().trim(), seconds }
}

function print({ step, code, output, seconds }: Result, verbose: boolean): void {
  const warnings = /\((\d+) errors?, (\d+) warnings?\)/.exec(output)?.[2]
  const note =
    code === 0 && warnings !== undefined ? `  ${warnings} warnings (-- --only ${step.name} --verbose)` : ''
  const verdict = code === 0 ? 'ok  ' : 'FAIL'
  process.stdout.write(
    `${verdict} ${step.name.padEnd(13)}${seconds.toFixed(1).padStart(5)} s  ${step.asks}${note}\n`,
  )
  if (code !== 0 || verbose) process.stdout.write(`\n${output.replaceAll(/^/gm, '     ')}\n\n`)
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, verbose: { type: 'boolean', default: false } },
  })
  const all = steps()
  const wanted = values.only?.split(',')
  const unknown = wanted?.find((name) => all.every((step) => step.name !== name))
  if (unknown !== undefined) {
    process.stderr.write(`no step "${unknown}"; there are ${all.map((step) => step.name).join(', ')}\n`)
    return 2
  }
  const queue = all.filter((step) => wanted === undefined || wanted.includes(step.name))
  const results: Result[] = []
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const result = await run(step)
      print(result, values.verbose)
      results.push(result)
    }
  }
  const workers = Math.min(MOST_AT_ONCE, os.availableParallelism())
  await Promise.all(Array.from({ length: workers }, worker))
  const failed = results.filter((result) => result.code !== 0).map((result) => result.step.name)
  process.stdout.write(failed.length === 0 ? 'check: all well\n' : `check: ${failed.join(', ')} failed\n`)
  return failed.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
