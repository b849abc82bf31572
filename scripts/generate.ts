// Writes every generated file, or with --check says which ones are stale. What is generated: scripts/generators/registry.ts.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import type { Generator } from './generators/generator.ts'
import { GENERATORS } from './generators/registry.ts'

const ROOT = path.dirname(import.meta.dirname)
// Folders where everything is generated: a file there that nobody generates is left over from a generator that is gone.
const GENERATED_ONLY = ['docs/reference/**/*.*']
// Enough to recognise the change; the command to see and make all of it stands below.
const DIFF_LINES_SHOWN = 20

interface Problem {
  readonly target: string
  readonly what: string
}

async function textOf(generator: Generator): Promise<string> {
  const file = path.join(ROOT, generator.target)
  const options = await resolveConfig(file)
  // Laid out as the formatter wants it, or saving the page in an editor would make it stale.
  return format(await generator.write(), { ...options, filepath: file })
}

export function shortDiff(before: string, after: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-generate-'))
  try {
    const files = [path.join(folder, 'on-disk'), path.join(folder, 'generated')] as const
    writeFileSync(files[0], before)
    writeFileSync(files[1], after)
    const lines = unifiedDiff(files).split('\n').slice(2)
    const more = lines.length - DIFF_LINES_SHOWN
    return lines.slice(0, DIFF_LINES_SHOWN).join('\n') + (more > 0 ? `\n… ${more} more lines` : '')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function unifiedDiff(files: readonly [string, string]): string {
  try {
    return execFileSync('diff', ['-u', '-U1', ...files], { encoding: 'utf8' })
  } catch (error) {
    // diff exits 1 to say "different"; the text is on the error.
    const hasOutput = error instanceof Error && 'stdout' in error && typeof error.stdout === 'string'
    return hasOutput ? String(error.stdout) : '\n\n(no diff program on this machine)'
  }
}

function problemOf(generator: Generator, text: string): Problem | undefined {
  const file = path.join(ROOT, generator.target)
  if (!existsSync(file)) return { target: generator.target, what: 'missing' }
  const onDisk = readFileSync(file, 'utf8')
  if (onDisk === text) return undefined
  return { target: generator.target, what: `stale (edit ${generator.from})\n${shortDiff(onDisk, text)}` }
}

function leftOver(): Problem[] {
  const targets = new Set(GENERATORS.map((generator) => generator.target))
  return globSync(GENERATED_ONLY, { cwd: ROOT })
    .filter((file) => !targets.has(file))
    .map((target) => ({
      target,
      what: 'nobody generates it: delete it or add its generator to the registry',
    }))
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const problems: Problem[] = leftOver()
  for (const generator of GENERATORS) {
    const text = await textOf(generator)
    const problem = problemOf(generator, text)
    if (problem === undefined) continue
    if (values.check) {
      problems.push(problem)
      continue
    }
    const file = path.join(ROOT, generator.target)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
    process.stdout.write(`wrote ${generator.target}\n`)
  }
  for (const { target, what } of problems) process.stdout.write(`${target}: ${what}\n`)
  if (problems.length === 0) process.stdout.write(`${GENERATORS.length} generated files are fresh\n`)
  else if (values.check) process.stdout.write('run: npm run generate\n')
  return problems.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
