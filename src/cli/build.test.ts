import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { printBuild, readBuild } from './build.ts'

const root = mkdtempSync(join(tmpdir(), 'weir-build-'))
after(() => rmSync(root, { recursive: true }))

function inFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'at-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

test('a packed Weir knows its commit from the file written when it was built', () => {
  const folder = inFolder({ 'package.json': '{"version":"0.1.0"}', 'build.json': '{"commit":"abc1234"}' })
  assert.equal(printBuild(readBuild(folder)), 'weir version v0.1.0 (commit abc1234)')
})

test('a checkout knows it from its history', () => {
  const { version, commit } = readBuild(join(import.meta.dirname, '..', '..'))
  assert.match(version, /^\d+\.\d+\.\d+/)
  assert.match(commit, /^([0-9a-f]{7,40}|unknown)$/)
})

test('without either it says so, and never takes the history of the project around it', () => {
  const folder = inFolder({ 'package.json': '{"version":"0.1.0"}' })
  assert.deepEqual(readBuild(folder), { version: '0.1.0', commit: 'unknown' })
})

test('broken files and a folder that only looks like a checkout are unknown, not a crash', () => {
  const folder = inFolder({ 'package.json': '{', 'build.json': '[1]' })
  mkdirSync(join(folder, '.git'))
  assert.deepEqual(readBuild(folder), { version: 'unknown', commit: 'unknown' })
})
