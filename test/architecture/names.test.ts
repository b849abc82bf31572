// Names that let a newcomer guess where a thing is: kebab-case files, folders that are subjects, tests beside what they test.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { codeFiles, repositoryFiles, ROOT } from './repository.ts'

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/
// A folder named after a kind of code collects whatever has no home, and grows without end.
const FOLDERS_WITHOUT_A_SUBJECT = new Set([
  'utils',
  'util',
  'helpers',
  'services',
  'common',
  'types',
  'misc',
  'lib',
])

function stem(file: string): string[] {
  return path.basename(file).replace(/^\./, '').split('.')
}

test('every file and folder of ours has a kebab-case name', () => {
  const wrong = codeFiles().filter((file) => {
    const folders = path.dirname(file).split('/')
    return ![...folders, ...stem(file)].every((part) => KEBAB.test(part))
  })
  assert.deepEqual(wrong, [])
})

test('no folder is named after a kind of code instead of a subject', () => {
  const wrong = repositoryFiles().filter((file) =>
    path
      .dirname(file)
      .split('/')
      .some((folder) => FOLDERS_WITHOUT_A_SUBJECT.has(folder)),
  )
  assert.deepEqual(wrong, [])
})

test('every unit test stands beside the file, or the folder, that it is named after', () => {
  const wrong = codeFiles()
    .filter((file) => /^(src|bench|scripts)\/.*\.test\.ts$/.test(file))
    .filter((file) => {
      const subject = path.join(ROOT, path.dirname(file), stem(file)[0] ?? '')
      return !['', '.ts', '.mjs'].some((ending) => existsSync(subject + ending))
    })
  assert.deepEqual(
    wrong,
    [],
    'name.test.ts tests name.ts (or the folder name/); name.aspect.test.ts is one aspect of it',
  )
})
