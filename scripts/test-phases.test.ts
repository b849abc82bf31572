import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'

const PHASES = JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'test-phases.ts')).href)

/** Phases run in a process of their own: the runner refuses to run within a test. */
function runIn(context: TestContext, phases: readonly Readonly<Record<string, string>>[]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-phases-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const written = phases.map((files) => ({
    concurrency: 2,
    files: Object.entries(files).map(([name, text]) => {
      writeFileSync(path.join(folder, name), `import { test } from 'node:test'\n${text}\n`)
      return path.join(folder, name)
    }),
  }))
  const options = `{ cwd: ${JSON.stringify(folder)}, timeoutMs: 30_000, signal: new AbortController().signal, out: process.stdout }`
  const program = `import { runPhases } from ${PHASES}
process.exitCode = (await runPhases(${JSON.stringify(written)}, ${options})) ? 0 : 1`
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const main = path.join(folder, 'main.mjs')
  writeFileSync(main, program)
  return spawnSync(process.execPath, [main], { encoding: 'utf8', env, timeout: 60_000 })
}

const GOOD = "test('goes well', () => {})"
const BAD = "test('goes wrong', () => { throw new Error('no') })"

test('two phases end in one summary, which is the last that is said', (t) => {
  const { stdout, status } = runIn(t, [
    { 'a.test.mjs': GOOD, 'b.test.mjs': `${GOOD}\ntest('waits', (t) => t.skip())` },
    { 'c.test.mjs': GOOD },
  ])
  assert.equal(status, 0, stdout)
  assert.equal(stdout.match(/^ℹ tests /gm)?.length, 1)
  const lines = stdout.trimEnd().split('\n').slice(-8)
  assert.deepEqual(lines.slice(0, -1), [
    ...['ℹ tests 4', 'ℹ suites 0', 'ℹ pass 3', 'ℹ fail 0', 'ℹ cancelled 0', 'ℹ skipped 1', 'ℹ todo 0'],
  ])
  assert.match(lines.at(-1) ?? '', /^ℹ duration_ms [\d.]+$/)
})

test('a failure in an earlier phase fails the whole, and is told at the end', (t) => {
  const { stdout, status } = runIn(t, [{ 'a.test.mjs': BAD }, { 'b.test.mjs': GOOD }])
  assert.equal(status, 1)
  assert.match(stdout, /ℹ tests 2\n[^]*ℹ pass 1\nℹ fail 1\n[^]*failing tests:[^]*✖ goes wrong/)
})

test('a file that cannot be loaded, or ends before its tests do, is a failure', (t) => {
  const { stdout, status } = runIn(t, [{ 'a.test.mjs': "test('never ends" }, { 'b.test.mjs': GOOD }])
  assert.equal(status, 1)
  assert.match(stdout, /ℹ fail 1\n/)
  const ended = runIn(t, [{ 'a.test.mjs': 'process.exit(3)' }, { 'b.test.mjs': GOOD }])
  assert.equal(ended.status, 1)
  assert.match(ended.stdout, /ℹ fail 1\n/)
})

test('no file at all is no success', (t) => {
  assert.equal(runIn(t, [{}, {}]).status, 1)
})
