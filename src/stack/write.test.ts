import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { StackFolderError } from './disk.ts'
import { MANIFEST_FILE } from './marker.ts'
import { surveyStack } from './survey.ts'
import { writeStack, type WriteReport } from './write.ts'

type Texts = Readonly<Record<string, string>>

function toFiles(texts: Texts) {
  return Object.entries(texts).map(([path, text]) => ({ path, text }))
}

function open(context: TestContext | undefined) {
  const base = mkdtempSync(join(tmpdir(), 'weir-stack-'))
  const close = (): void => rmSync(base, { recursive: true })
  context?.after(close)
  const folder = join(base, 'stack')
  const at = (path: string): string => join(folder, path)
  return {
    folder,
    close,
    init: (texts: Texts, force = false): Promise<WriteReport> =>
      writeStack({ folder, target: 'files', files: toFiles(texts), force }),
    states: async (texts: Texts): Promise<Texts> =>
      Object.fromEntries(
        (await surveyStack(folder, toFiles(texts))).files.map(({ path, state }) => [path, state]),
      ),
    read: (path: string): string => readFileSync(at(path), 'utf8'),
    has: (path: string): boolean => existsSync(at(path)),
    put: (path: string, text: string): void => {
      mkdirSync(dirname(at(path)), { recursive: true })
      writeFileSync(at(path), text)
    },
    at,
  }
}

function outcomesOf({ files }: WriteReport): Texts {
  return Object.fromEntries(files.map(({ path, outcome }) => [path, outcome]))
}

const FIRST: Texts = { 'a.yml': 'a: 1\n', 'b/b.json': '{}\n', 'c.yml': 'c: 1\n' }
const SECOND: Texts = { 'a.yml': 'a: 2\n', 'b/b.json': '{ "b": 2 }\n', 'd.yml': 'd: 1\n' }

test('a folder that is not there is made, and writing again changes nothing', async (t) => {
  const { init, read, states } = open(t)
  const first = await init(FIRST)
  assert.deepEqual(outcomesOf(first), { 'a.yml': 'written', 'b/b.json': 'written', 'c.yml': 'written' })
  assert.equal(first.isWhole, true)
  assert.equal(read('b/b.json'), '{}\n')
  const manifest = read(MANIFEST_FILE)
  assert.deepEqual(Object.values(outcomesOf(await init(FIRST))), ['unchanged', 'unchanged', 'unchanged'])
  assert.equal(read(MANIFEST_FILE), manifest)
  assert.deepEqual(Object.values(await states(FIRST)), ['same', 'same', 'same'])
})

test('a file that somebody changed is kept, the others are written, and the change can be undone', async (t) => {
  const { init, put, read, states } = open(t)
  await init(FIRST)
  put('a.yml', 'a: mine\n')
  assert.deepEqual(await states(SECOND), {
    ...{ 'a.yml': 'edited', 'b/b.json': 'outdated', 'c.yml': 'extra', 'd.yml': 'missing' },
  })
  const report = await init(SECOND)
  assert.deepEqual(outcomesOf(report), {
    ...{ 'a.yml': 'kept', 'b/b.json': 'updated', 'c.yml': 'removed', 'd.yml': 'written' },
  })
  assert.equal(report.isWhole, false)
  assert.equal(read('a.yml'), 'a: mine\n')
  put('a.yml', FIRST['a.yml'] ?? '')
  assert.deepEqual(await states(SECOND), {
    ...{ 'a.yml': 'outdated', 'b/b.json': 'same', 'd.yml': 'same' },
  })
  assert.equal((await init(SECOND)).isWhole, true)
  assert.equal(read('a.yml'), 'a: 2\n')
})

test('force overwrites what somebody changed and says so, also what was never ours', async (t) => {
  const { init, put, read } = open(t)
  await init({ 'a.yml': 'a: 1\n' })
  put('a.yml', 'a: mine\n')
  put('d.yml', 'd: theirs\n')
  const report = await init(SECOND, true)
  assert.deepEqual(
    report.files.filter(({ outcome }) => outcome === 'overwritten'),
    [
      { path: 'a.yml', outcome: 'overwritten', why: 'changed by hand' },
      { path: 'd.yml', outcome: 'overwritten', why: 'not written by weir' },
    ],
  )
  assert.equal(report.isWhole, true)
  assert.deepEqual([read('a.yml'), read('d.yml')], ['a: 2\n', 'd: 1\n'])
})

test('a file that is no longer part of the stack goes with its empty folders, unless somebody changed it', async (t) => {
  const { init, put, has } = open(t)
  await init({ 'deep/er/gone.yml': 'x\n', 'deep/kept.yml': 'x\n', 'a.yml': 'a\n' })
  put('deep/kept.yml', 'mine\n')
  for (const force of [false, true]) {
    const report = await init({ 'a.yml': 'a\n' }, force)
    assert.equal(outcomesOf(report)['deep/kept.yml'], 'left')
    assert.equal(report.isWhole, false)
  }
  assert.deepEqual([has('deep/er'), has('deep/kept.yml')], [false, true])
})

test('a file that somebody else wrote under a name of ours is kept', async (t) => {
  const { init, put, read } = open(t)
  put('a.yml', 'global: {}\n')
  const report = await init(FIRST)
  assert.deepEqual(report.files[0], { path: 'a.yml', outcome: 'kept', why: 'not written by weir' })
  assert.equal(read('a.yml'), 'global: {}\n')
  assert.equal(read('c.yml'), 'c: 1\n')
  assert.equal(outcomesOf(await init(FIRST))['a.yml'], 'kept')
})

test('a checkout with the newlines of another system is no change', async (t) => {
  const { init, put, read, states } = open(t)
  await init(FIRST)
  for (const path of ['a.yml', 'c.yml', MANIFEST_FILE]) put(path, read(path).replaceAll('\n', '\r\n'))
  assert.deepEqual(Object.values(await states(FIRST)), ['same', 'same', 'same'])
  assert.deepEqual(outcomesOf(await init(SECOND))['a.yml'], 'updated')
  assert.equal(read('a.yml'), 'a: 2\n')
})

test('without the manifest, or with one that cannot be read, every file that differs counts as changed', async (t) => {
  const { init, put, read, at } = open(t)
  await init(FIRST)
  put(MANIFEST_FILE, '<<<<<<< HEAD\n')
  const report = await init(SECOND)
  assert.equal(report.isManifestBroken, true)
  assert.deepEqual(outcomesOf(report), { 'a.yml': 'kept', 'b/b.json': 'kept', 'd.yml': 'written' })
  rmSync(at(MANIFEST_FILE))
  assert.deepEqual(outcomesOf(await init(FIRST)), {
    'a.yml': 'unchanged',
    'b/b.json': 'unchanged',
    'c.yml': 'unchanged',
  })
  assert.equal(read('c.yml'), 'c: 1\n')
})

test('what stands in the way of a file fails alone', async (t) => {
  const { init, put, has, at } = open(t)
  put('elsewhere.txt', 'theirs\n')
  mkdirSync(at('a.yml'))
  put('b', 'a file where a folder should be\n')
  symlinkSync(at('elsewhere.txt'), at('c.yml'))
  const report = await init({ ...FIRST, 'd.yml': 'd\n' }, true)
  assert.deepEqual(report.files.slice(0, 3), [
    { path: 'a.yml', outcome: 'failed', why: 'is a folder' },
    { path: 'b/b.json', outcome: 'failed', why: 'a file stands where its folder should be' },
    { path: 'c.yml', outcome: 'failed', why: 'is a link' },
  ])
  assert.equal(readFileSync(at('elsewhere.txt'), 'utf8'), 'theirs\n')
  assert.equal(has('d.yml'), true)
})

test('a file in place of the folder is refused before anything is written', async (t) => {
  const { init, folder } = open(t)
  writeFileSync(folder, 'mine\n')
  await assert.rejects(
    init(FIRST),
    (error) => error instanceof StackFolderError && /is a file; name a folder/.test(error.message),
  )
  assert.equal(readFileSync(folder, 'utf8'), 'mine\n')
})

test('a folder in which nothing may be written leaves no half of a file', async (t) => {
  const { init, folder, read } = open(t)
  await init(FIRST)
  // Root may write anywhere: there a folder in the way of the file beside stands for the refusal.
  const isRoot = process.getuid?.() === 0
  if (isRoot) mkdirSync(join(folder, `a.yml.${process.pid}.tmp`))
  else chmodSync(folder, 0o500)
  const report = await init(SECOND)
  if (!isRoot) chmodSync(folder, 0o700)
  assert.equal(outcomesOf(report)['a.yml'], 'failed')
  assert.equal(report.isWhole, false)
  assert.equal(read('a.yml'), 'a: 1\n')
  if (isRoot) rmSync(join(folder, `a.yml.${process.pid}.tmp`), { recursive: true })
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  )
  assert.equal((await init(SECOND)).isWhole, true)
})

const PATHS = ['a.yml', 'b/b.yml', 'b/c.json'] as const

test('whatever happens to the files, no change of a person is lost, and everything else is as it would be made', async () => {
  const path = fc.constantFrom(...PATHS)
  const texts = fc.dictionary(path, fc.constantFrom('one\n', 'two\n', 'three\n'))
  const step = fc.oneof(
    fc.record({ does: fc.constant('init' as const), texts }),
    fc.record({ does: fc.constant('edit' as const), path, text: fc.constantFrom('mine\n', 'mine too\n') }),
    fc.record({ does: fc.constant('delete' as const), path }),
    fc.record({ does: fc.constant('newlines' as const), path }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { init, put, read, has, at, states, close } = open(undefined)
      const mine = new Map<string, string>()
      try {
        for (const one of steps) {
          if (one.does === 'edit') {
            put(one.path, one.text)
            mine.set(one.path, one.text)
          } else if (one.does === 'delete') {
            rmSync(at(one.path), { force: true })
            mine.delete(one.path)
          } else if (one.does === 'newlines') {
            if (has(one.path)) put(one.path, read(one.path).replaceAll(/\r?\n/g, '\r\n'))
          } else {
            const report = await init(one.texts)
            const isWhole = [...mine.keys()].every((each) => !(each in outcomesOf(report)))
            assert.equal(report.isWhole, isWhole)
            const drift = Object.values(await states(one.texts)).some((state) => state !== 'same')
            assert.equal(drift, !isWhole)
            for (const [each, text] of Object.entries(one.texts))
              if (!mine.has(each)) assert.equal(read(each).replaceAll('\r', ''), text)
          }
          for (const [each, text] of mine) assert.equal(read(each).replaceAll('\r', ''), text)
        }
      } finally {
        close()
      }
    }),
    { numRuns: 60 },
  )
})
