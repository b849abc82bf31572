import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { toTestOrder, withGroupFiles } from './test-groups.ts'

const PURE = "import { test } from 'node:test'\ntest('adds', () => {})\n"

test('files that only compute share a process with those of their subject', () => {
  const files = ['src/slo/a.test.ts', 'src/slo/deep/b.test.ts', 'src/core/c.test.ts', 'src/core/d.test.ts']
  assert.deepEqual(toTestOrder(files.map((file) => ({ file, text: PURE }))), {
    groups: [
      { name: 'src-slo', files: files.slice(0, 2) },
      { name: 'src-core', files: files.slice(2) },
    ],
    files: [],
    alone: [],
  })
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
    const { groups, files, alone } = toTestOrder([{ file: 'src/slo/a.test.ts', text: line }, ...others])
    assert.deepEqual([...files, ...alone], ['src/slo/a.test.ts'])
    assert.deepEqual(groups, [{ name: 'src-slo', files: ['src/slo/b.test.ts', 'src/slo/c.test.ts'] }])
  })

test('whole programs have a process each, and so has a subject of one file', () => {
  const files = ['test/acceptance/a.test.ts', 'test/acceptance/b.test.ts', 'src/main.test.ts']
  const order = toTestOrder(files.map((file) => ({ file, text: PURE })))
  assert.deepEqual(order, { groups: [], files, alone: [] })
})

test('what is held to a clock runs with few others at once', () => {
  const order = toTestOrder([
    { file: 'src/core/clock.test.ts', text: 'const began = performance.now()' },
    { file: 'test/faults/drain.test.ts', text: PURE },
    { file: 'test/acceptance/drain.test.ts', text: PURE },
  ])
  assert.deepEqual(order.alone, ['src/core/clock.test.ts', 'test/faults/drain.test.ts'])
  assert.deepEqual(order.files, ['test/acceptance/drain.test.ts'])
})

test('every pattern of what runs alone is of files that there are', () => {
  const root = path.dirname(import.meta.dirname)
  for (const name of ['test/faults/drain.test.ts', 'bench', 'test/acceptance/queue-schedule.test.ts'])
    assert.ok(existsSync(path.join(root, name)), name)
  assert.ok(existsSync(path.join(root, 'test/acceptance/service-levels-guide.test.ts')))
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
