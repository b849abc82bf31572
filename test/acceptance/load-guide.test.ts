// The guide to `weir load`: its commands and the steps of its CI job, run as they stand there but for ports and durations.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseCondition } from '../../src/load/compare/expression.ts'
import { findFreePort } from '../support/free-port.ts'
import { openShell, startSimulator } from './support/load-shell.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/load.md'), 'utf8')
const MAIN = join(import.meta.dirname, '../../src/main.ts')
const blocksOf = (language: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block)

/** A minute is too long for a test. */
function shorten(line: string): string {
  return line
    .replace(/--duration \d+s/, '--duration 1s')
    .replace(/--warm-up \d+s/, '--warm-up 100ms')
    .replace(/--rate \S+/, '--rate 12/s')
    .replace('--max-tokens 20', '--max-tokens 2')
    .replace('--steps 1..20x1.5', '--steps 20,30 --warm-up 100ms')
}

test('the commands of the guide run as they stand there', async (context) => {
  const { url } = await startSimulator(context, { firstTokenMs: 20, outputTokens: 4 })
  const { weir } = openShell(context)
  const [run = '', steps = '', compare = '', ...others] = blocksOf('sh').map((block) => block.trim())
  assert.deepEqual(others, [])
  const here = (line: string): string =>
    shorten(line)
      .replace(/^weir /, '')
      .replace('http://127.0.0.1:18789', url)
      .replaceAll('"', '')
  for (const line of [`${run} --warm-up 0`, `${run.replace('base.json', 'new.json')} --warm-up 0`, steps]) {
    const { code, err } = await weir(here(line))
    assert.equal(code, 0, `${line}\n${err}`)
  }
  // So few requests may be too few to judge a p95; what matters is that both conditions are understood.
  const { code, out } = await weir(here(compare))
  assert.match(out, /p95>\+10%: [^]*errors>1%: /)
  assert.notEqual(code, 1, out)
})

test('every condition that the guide shows is one', () => {
  const [, table = ''] = GUIDE.split('| figure ')
  const shown = [...(table.split('\n\n')[0] ?? '').matchAll(/`([A-Za-z]+\.p\d+|p95|errors|goodput)`/g)]
  assert.ok(shown.length >= 6)
  for (const [, figure = ''] of shown) {
    const isShare = figure === 'errors' || figure === 'goodput'
    const limit = isShare ? '>+1pp' : figure.startsWith('tokens') ? '<20' : '>+200ms'
    assert.ok('condition' in parseCondition(`${figure}${limit}`), figure)
  }
})

interface Job {
  readonly jobs: { readonly load: { readonly steps: readonly { readonly run?: string }[] } }
}

test('the CI job passes on a gateway that has not changed', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-ci-'))
  const [gateway, metrics, simulator] = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
  const program = join(folder, 'weir')
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`)
  chmodSync(program, 0o700)
  const [yaml = ''] = blocksOf('yaml')
  const [start = '', measure = '', compare = '', keep = '', ...others] = (
    parse(yaml) as Job
  ).jobs.load.steps.flatMap(({ run }) => run ?? [])
  assert.deepEqual(others, [])
  // First as on the main branch, then as for a pull request; what was begun ends with the script.
  const script = [
    'set -euo pipefail',
    "trap 'kill $(jobs -p)' EXIT",
    ...[start, measure, keep, measure, compare],
  ]
    .join('\n')
    .replaceAll('18789', String(gateway))
    .replaceAll('9464', String(metrics))
    .replaceAll('18791', String(simulator))
    .split('\n')
    .map(shorten)
    .join('\n')
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` }
  const child = spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  context.after(() => {
    child.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  assert.equal(code, 0, said)
  assert.match(said, /firstToken\.p95>2s: it is/)
})
