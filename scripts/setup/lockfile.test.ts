import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { modulesMatchLock } from './lockfile.mjs'

let root = ''

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'weir-lockfile-'))
  install('node_modules/zod', { version: '4.6.7', integrity: 'sha512-a' })
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

interface Entry {
  readonly version: string
  readonly integrity: string
  readonly optional?: boolean
}

function write(wanted: Readonly<Record<string, Entry>>, present: Readonly<Record<string, Entry>>): void {
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }))
  writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: present }))
}

function install(place: string, entry: Entry): void {
  mkdirSync(path.join(root, place), { recursive: true })
  writeFileSync(path.join(root, place, 'package.json'), JSON.stringify(entry))
}

const ZOD = { version: '4.6.7', integrity: 'sha512-a' }

test('modules that npm finished installing match', () => {
  write({ 'node_modules/zod': ZOD }, { 'node_modules/zod': ZOD })
  assert.equal(modulesMatchLock(root), true)
})

test('no modules, or modules that npm did not finish, do not match', () => {
  writeFileSync(
    path.join(root, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/zod': ZOD } }),
  )
  assert.equal(modulesMatchLock(root), false)
})

test('another version, or other bytes of the same version, do not match', () => {
  write({ 'node_modules/zod': { ...ZOD, version: '4.6.8' } }, { 'node_modules/zod': ZOD })
  assert.equal(modulesMatchLock(root), false)
  write({ 'node_modules/zod': { ...ZOD, integrity: 'sha512-b' } }, { 'node_modules/zod': ZOD })
  assert.equal(modulesMatchLock(root), false)
})

test('a package that somebody deleted is noticed', () => {
  write({ 'node_modules/zod': ZOD }, { 'node_modules/zod': ZOD })
  rmSync(path.join(root, 'node_modules', 'zod'), { recursive: true })
  assert.equal(modulesMatchLock(root), false)
})

test('an optional package for another platform may be absent, a required one may not', () => {
  const other = { version: '1.0.0', integrity: 'sha512-c' }
  write(
    { 'node_modules/zod': ZOD, 'node_modules/mac': { ...other, optional: true } },
    { 'node_modules/zod': ZOD },
  )
  assert.equal(modulesMatchLock(root), true)
  write({ 'node_modules/zod': ZOD, 'node_modules/mac': other }, { 'node_modules/zod': ZOD })
  assert.equal(modulesMatchLock(root), false)
})

test('a package more than the lockfile names does no harm', () => {
  write({ 'node_modules/zod': ZOD }, { 'node_modules/zod': ZOD, 'node_modules/extra': ZOD })
  assert.equal(modulesMatchLock(root), true)
})

test('a lockfile that was cut off while it was written does not match', () => {
  write({ 'node_modules/zod': ZOD }, { 'node_modules/zod': ZOD })
  writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), '{"packages": {"node_mod')
  assert.equal(modulesMatchLock(root), false)
})
