import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCpuTime, readCpuTime } from './cpu-time.ts'

const STAT = `cpu  400 0 0 600 0 0 0 0 0 0
cpu0 100 20 30 800 40 5 5 0 7 0
cpu1 10 0 0 90 0 0 0 0 0 0
cpu12 1 1 1 1 1 1 1 1 1 1
intr 1 2 3
`

test('waiting is no work, and what was stolen cannot be used', () => {
  assert.deepEqual(parseCpuTime(STAT, new Set([0])), { processors: 1, busy: 160, total: 1_000 })
  assert.deepEqual(parseCpuTime(STAT, new Set([12])), { processors: 1, busy: 6, total: 8 })
})

test('the processors this process may not run on do not count', async () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/stat': STAT,
    '/proc/self/status': 'Name:\tnode\nCpus_allowed:\t2\nCpus_allowed_list:\t1-2,12\n',
  }
  assert.deepEqual(await readCpuTime((path) => Promise.resolve(files[path])), {
    processors: 2,
    busy: 16,
    total: 108,
  })
})

test('a system without these files is asked in another way', async () => {
  const { processors, busy, total } = await readCpuTime(() => Promise.resolve(undefined))
  assert.ok(processors > 0 && busy > 0 && total > busy)
  assert.equal(parseCpuTime('cpu 1 2 3\n', undefined), undefined)
})
