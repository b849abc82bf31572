import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'node:test'
import { replaceFile } from './disk.ts'

test('what is written can be read by the users of containers, whatever umask its writer has', async (context) => {
  const base = mkdtempSync(join(tmpdir(), 'weir-disk-'))
  const before = process.umask(0o077)
  context.after(() => {
    process.umask(before)
    rmSync(base, { recursive: true })
  })
  assert.equal(await replaceFile(join(base, 'a', 'b', 'c.yml'), 'x\n'), undefined)
  const modes = ['a', 'a/b', 'a/b/c.yml'].map((path) => statSync(join(base, path)).mode & 0o777)
  assert.deepEqual(modes, [0o755, 0o755, 0o644])
  assert.equal(statSync(base).mode & 0o777, 0o700)
})
