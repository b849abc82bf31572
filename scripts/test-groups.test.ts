import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { toGroups, withGroupFiles } from './test-groups.ts'

const PURE = "import { test } from 'node:test'\ntest('adds', () => {})\n"

test('files that only compute share a process with those of their subject', () => {
  const files = ['src/slo/a.test.ts', 'src/slo/deep/b.test.ts', 'src/core/c.test.ts', 'src/core/d.test.ts']
  const { shared, alone } = toGroups(files.map((file) => ({ file, text: PURE })))
  assert.deepEqual(shared, [
    { name: 'src-slo', files: files.slice(0, 2) },
    { name: 'src-core', files: files.slice(2) },
  ])
  assert.deepEqual(alone, [])
})

const REACHING = [
  "import { spawn } from 'node:child_process'",
  "import { Worker } from 'node:worker_threads'",
  'const server = createServer()',
  'setTimeout(done, 10)',
  'const began = performance.now()',
  "process.env['HOME'] = '/nowhere'",
  "process.on('exit', done)",
  'beforeEach(() => undefined)',
  "mock.timers.enable({ apis: ['Date'] })",
]

for (const line of REACHING)
  test(`a file with "${line}" has a process of its own`, () => {
    const others = ['src/slo/b.test.ts', 'src/slo/c.test.ts'].map((file) => ({ file, text: PURE }))
    const { shared, alone } = toGroups([{ file: 'src/slo/a.test.ts', text: `${line}\n` }, ...others])
    assert.deepEqual(alone, ['src/slo/a.test.ts'])
    assert.deepEqual(shared, [{ name: 'src-slo', files: ['src/slo/b.test.ts', 'src/slo/c.test.ts'] }])
  })

test('whole programs are tested one file a process, and so is a subject of one file', () => {
  const files = ['test/acceptance/b.test.ts', 'test/acceptance/a.test.ts', 'src/main.test.ts']
  const { shared, alone } = toGroups(files.map((file) => ({ file, text: PURE })))
  assert.deepEqual(shared, [])
  assert.deepEqual(alone, files.toSorted())
})

test('each test of a group runs and counts, also beside a file that cannot be loaded', async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), 'weir-groups-'))
  try {
    await writeFile(path.join(root, 'good.test.ts'), PURE)
    await writeFile(path.join(root, 'broken.test.ts'), "import './nowhere.ts'\n")
    await writeFile(path.join(root, 'bad.test.ts'), PURE.replace('{})', "{ throw new Error('no') })"))
    const group = { name: 'all', files: ['broken.test.ts', 'bad.test.ts', 'good.test.ts'] }
    let used: readonly string[] = []
    const { stdout, status } = await withGroupFiles([group], {
      root,
      use: (files) => {
        used = files
        const { NODE_TEST_CONTEXT: _, ...env } = process.env
        return Promise.resolve(
          spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], {
            ...{ encoding: 'utf8', env, timeout: 60_000 },
          }),
        )
      },
    })
    assert.equal(status, 1)
    assert.match(stdout, /✖ broken\.test\.ts/)
    assert.match(stdout, /ℹ tests 3\n[^]*ℹ pass 1\nℹ fail 2\n/)
    assert.equal(used.length, 1)
    assert.ok(used.every((file) => !existsSync(file)))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
