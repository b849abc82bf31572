import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createNginxTarget, findBinary, toNginxConfig } from './nginx.ts'

const PLACE = { directory: '/tmp/x', port: 4321, upstream: '127.0.0.1:1234', asRoot: false }

test('a program in the PATH is found first, a file that cannot be run is not', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-bench-path-'))
  const file = path.join(directory, 'nginx')
  writeFileSync(file, '')
  chmodSync(file, 0o644)
  const searchPath = `:/nowhere:${directory}`
  assert.notEqual(findBinary(searchPath), file)
  chmodSync(file, 0o755)
  assert.equal(findBinary(searchPath), file)
  rmSync(directory, { recursive: true })
})

test('where there is no nginx the target says how to get it', () => {
  assert.match(createNginxTarget('').absence() ?? '', /not installed .*nginx-light/)
  assert.equal(createNginxTarget('/usr/sbin/nginx').absence(), undefined)
})

test('everything nginx writes stays in its own directory, and only loopback is listened on', () => {
  const config = toNginxConfig(PLACE)
  assert.match(config, /listen 127\.0\.0\.1:4321 /)
  assert.match(config, /server 127\.0\.0\.1:1234;/)
  const paths = config.match(/ \/[^ ;]+/g) ?? []
  const outside = paths.filter((found) => !found.startsWith(' /tmp/x/') && found !== ' /')
  assert.deepEqual(outside, [])
  assert.equal(config.match(/_temp_path/g)?.length, 5)
})

test('a root master keeps its worker root, who can enter the directory', () => {
  assert.doesNotMatch(toNginxConfig(PLACE), /user root/)
  assert.match(toNginxConfig({ ...PLACE, asRoot: true }), /^user root;\n/)
})
