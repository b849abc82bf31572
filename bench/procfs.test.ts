import assert from 'node:assert/strict'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import {
  parseCoreList,
  parseResident,
  parseStat,
  readAllowedCores,
  readCpuMicros,
  readThreadMicros,
  readFamily,
  readResidentBytes,
} from './procfs.ts'

const LINE = '6045 (cat) R 6039 6039 4674 0 -1 4194304 100 0 0 0 12 34 5 6 20 0 1 0 86060 3133440 383'
const linuxOnly = { skip: process.platform !== 'linux' }

test('CPU time is user plus system time, without that of ended children', () => {
  assert.deepEqual(parseStat(LINE), { parent: 6039, cpuMicros: 460_000 })
})

test('a program name with brackets and spaces does not shift the fields', () => {
  assert.deepEqual(parseStat(LINE.replace('(cat)', '(a) b (c)')), { parent: 6039, cpuMicros: 460_000 })
})

test('something else than a stat line is refused', () => {
  assert.throws(() => parseStat(''), /not a line/)
  assert.throws(() => parseStat('1 (x) R 1 2'), /not a line/)
})

test('resident memory is read in bytes, and its absence is an error', () => {
  assert.equal(parseResident('Name:\tnode\nVmRSS:\t   1924 kB\nRssAnon:\t 156 kB\n'), 1_970_176)
  assert.throws(() => parseResident('Name:\tkthreadd\n'), /no VmRSS/)
})

test('core lists have ranges and single cores', () => {
  assert.deepEqual(parseCoreList('0-1\n'), [0, 1])
  assert.deepEqual(parseCoreList('3'), [3])
  assert.deepEqual(parseCoreList('0-2,8,10-11'), [0, 1, 2, 8, 10, 11])
  assert.throws(() => parseCoreList(''), /not a list/)
})

test('what this process burns shows in its CPU time', linuxOnly, () => {
  const before = readCpuMicros([process.pid])
  const own = process.cpuUsage()
  while (process.cpuUsage(own).user < 100_000) Math.sqrt(before)
  const burnt = readCpuMicros([process.pid]) - before
  assert.ok(burnt >= 70_000, `only ${burnt} microseconds seen`)
})

test('a child belongs to the family of its parent', linuxOnly, async () => {
  const child = spawn('sleep', ['30'])
  try {
    assert.ok(child.pid !== undefined)
    assert.ok(readFamily(process.pid).includes(child.pid))
    assert.deepEqual(readFamily(child.pid), [child.pid])
    assert.ok(readResidentBytes([child.pid]) > 0)
  } finally {
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
  }
})

test('there is at least one core to run on', linuxOnly, () => {
  assert.ok(readAllowedCores().length > 0)
})

test('the time of a thread is told by its name, and is part of that of its process', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     for (const untilMs = performance.now() + 300; performance.now() < untilMs; );
     parentPort.postMessage('done')
     setInterval(() => undefined, 1_000)`,
    { eval: true, name: 'burns' },
  )
  await once(worker, 'message')
  const burnt = readThreadMicros([process.pid], 'burns')
  assert.ok(burnt >= 50_000 && burnt <= readCpuMicros([process.pid]), `${burnt} µs`)
  assert.equal(readThreadMicros([process.pid], 'nobody'), 0)
  await worker.terminate()
})
