import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { takeLock } from './lock.ts'

const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-bench-lock-'))
const file = path.join(directory, 'lock')

after(() => rmSync(directory, { recursive: true }))

test('the lock is had by one process until it gives it back', () => {
  const lock = takeLock(file)
  assert.ok('release' in lock)
  assert.deepEqual(takeLock(file), { holder: process.pid })
  lock.release()
  assert.equal(existsSync(file), false)
})

test('a lock left by a process that is gone, or without a process, is taken over', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  for (const left of [String(pid), '', 'nobody', '-1', '0']) {
    writeFileSync(file, left)
    const lock = takeLock(file)
    assert.ok('release' in lock, left)
    assert.equal(readFileSync(file, 'utf8'), String(process.pid))
    lock.release()
  }
})
