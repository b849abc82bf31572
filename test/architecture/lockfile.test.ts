// What is installed: exact versions, hashes for everything, and no word about whose registry it came from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from './repository.ts'

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
}

interface Manifest {
  readonly version: string
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const LOCK = JSON.parse(textOf('package-lock.json')) as {
  packages: Record<string, LockedPackage>
  version: string
}
const MANIFEST = JSON.parse(textOf('package.json')) as Manifest
const INSTALLED = Object.entries(LOCK.packages).filter(
  ([place, entry]) => place !== '' && entry.link !== true,
)

test('the lockfile names nobody’s registry', () => {
  const withAddress = INSTALLED.filter(([, entry]) => entry.resolved !== undefined).map(([place]) => place)
  assert.deepEqual(
    withAddress,
    [],
    '.npmrc sets omit-lockfile-registry-resolved; run npm install again with it',
  )
})

test('the lockfile has a hash for every package', () => {
  const withoutHash = INSTALLED.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(
    ([place]) => place,
  )
  assert.deepEqual(withoutHash, [])
})

test('every dependency is pinned to one version', () => {
  const all = Object.entries({ ...MANIFEST.dependencies, ...MANIFEST.devDependencies })
  const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
  assert.deepEqual(loose, [])
})

test('lockfile and manifest agree on the version of the program', () => {
  assert.equal(LOCK.version, MANIFEST.version)
})

test('every npm script goes through the bootstrap, which installs what is missing', () => {
  const direct = Object.entries(MANIFEST.scripts).filter(
    ([, script]) => !script.startsWith('node scripts/setup.mjs '),
  )
  assert.deepEqual(direct, [])
})
