import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createManualClock, systemClock } from '../core/clock.ts'
import { createConfigWatcher, digestOf, type WatchOptions } from './watch.ts'

const root = mkdtempSync(join(tmpdir(), 'weir-watch-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0

/** A watcher in a folder of its own, with the notifications and the clock in the hands of the test. */
async function createTrial(rest: Partial<WatchOptions> = {}, file = 'weir.yaml') {
  const folder = join(root, String((folders += 1)))
  mkdirSync(folder)
  writeFileSync(join(folder, 'weir.yaml'), 'listen: :1')
  const clock = createManualClock()
  const directories: string[] = []
  let notify = (): void => undefined
  let changes = 0
  let stopped = 0
  const watcher = createConfigWatcher({
    files: [join(folder, file)],
    clock,
    onChange: () => (changes += 1),
    observe(directory, onEvent) {
      directories.push(directory)
      notify = onEvent
      return () => (stopped += 1)
    },
    ...rest,
  })
  await watcher.settled()
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await watcher.settled()
  }
  return {
    folder,
    watcher,
    directories,
    write: (text: string) => writeFileSync(join(folder, 'weir.yaml'), text),
    event: () => notify(),
    pass,
    /** An event, and long enough for it to be believed. */
    async settle() {
      notify()
      await pass(500)
      await pass(500)
    },
    changes: () => changes,
    stopped: () => stopped,
  }
}

test('new content is reported once, after it has been the same for two looks', async () => {
  const trial = await createTrial()
  trial.write('listen: :2')
  trial.event()
  await trial.pass(499)
  assert.equal(trial.changes(), 0)
  await trial.pass(1)
  assert.equal(trial.changes(), 0)
  await trial.pass(500)
  assert.equal(trial.changes(), 1)
  await trial.pass(60_000)
  assert.equal(trial.changes(), 1)
})

test('half a file is never reported', async () => {
  const trial = await createTrial()
  trial.write('')
  trial.event()
  await trial.pass(500)
  trial.write('listen: :2')
  await trial.pass(500)
  assert.equal(trial.changes(), 0)
  await trial.pass(500)
  assert.equal(trial.changes(), 1)
})

test('many events in a row are one look', async () => {
  const trial = await createTrial()
  trial.write('listen: :2')
  for (let event = 0; event < 20; event += 1) {
    trial.event()
    await trial.pass(100)
  }
  assert.equal(trial.changes(), 0)
  await trial.settle()
  assert.equal(trial.changes(), 1)
})

test('a touch, the same content again and a change that was taken back are no change', async () => {
  const trial = await createTrial()
  utimesSync(join(trial.folder, 'weir.yaml'), 1, 1)
  await trial.settle()
  trial.write('listen: :1')
  await trial.settle()
  trial.write('listen: :2')
  trial.event()
  await trial.pass(500)
  trial.write('listen: :1')
  await trial.settle()
  assert.equal(trial.changes(), 0)
})

test('what was read for another reason meanwhile is known, so going back from it is a change', async () => {
  const trial = await createTrial()
  trial.write('listen: :2')
  await trial.watcher.noteRead()
  await trial.settle()
  assert.equal(trial.changes(), 0)
  trial.write('listen: :3')
  await trial.watcher.noteRead()
  trial.write('listen: :2')
  await trial.settle()
  assert.equal(trial.changes(), 1)
})

test('what changed between being read and being watched is a change, and what did not is none', async () => {
  const file = join(root, 'read-before.yaml')
  const readAs = (content: string): Partial<WatchOptions> => ({
    ...{ files: [file], digests: new Map([[file, digestOf(content)]]) },
  })
  writeFileSync(file, 'listen: :2')
  for (const [content, changes] of Object.entries({ 'listen: :1': 1, 'listen: :2': 0 })) {
    const trial = await createTrial(readAs(content))
    await trial.pass(500)
    await trial.pass(60_000)
    assert.equal(trial.changes(), changes, content)
  }
  const missing = join(root, 'not-there.yaml')
  const trial = await createTrial({ files: [missing], digests: new Map() })
  await trial.pass(60_000)
  assert.equal(trial.changes(), 0)
})

test('a file renamed over the old one, as editors do, is a change', async () => {
  const trial = await createTrial()
  writeFileSync(join(trial.folder, '.weir.yaml.swp'), 'listen: :3')
  renameSync(join(trial.folder, '.weir.yaml.swp'), join(trial.folder, 'weir.yaml'))
  await trial.settle()
  assert.equal(trial.changes(), 1)
})

test('a symlink swapped above the file, as Kubernetes does, is a change', async () => {
  const folder = join(root, 'kubernetes')
  for (const [version, text] of Object.entries({ '..v1': 'listen: :1', '..v2': 'listen: :2' })) {
    mkdirSync(join(folder, version), { recursive: true })
    writeFileSync(join(folder, version, 'weir.yaml'), text)
  }
  symlinkSync('..v1', join(folder, '..data'))
  symlinkSync(join('..data', 'weir.yaml'), join(folder, 'weir.yaml'))
  const trial = await createTrial({ files: [join(folder, 'weir.yaml')] })
  assert.deepEqual(trial.directories, [folder])
  symlinkSync('..v2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  await trial.settle()
  assert.equal(trial.changes(), 1)
})

test('a file that goes and one that comes are changes', async () => {
  const trial = await createTrial()
  rmSync(join(trial.folder, 'weir.yaml'))
  await trial.settle()
  assert.equal(trial.changes(), 1)
  trial.write('listen: :1')
  await trial.settle()
  assert.equal(trial.changes(), 2)
})

test('without any notification a change is still found, by looking now and then', async () => {
  const trial = await createTrial({
    observe: () => {
      throw new Error('ENOSPC: no more watches')
    },
  })
  trial.write('listen: :2')
  await trial.pass(10_000)
  await trial.pass(500)
  assert.equal(trial.changes(), 1)
})

test('a closed watcher says nothing more and lets go of its directories', async () => {
  const trial = await createTrial()
  trial.write('listen: :2')
  trial.event()
  await trial.pass(500)
  trial.watcher.close()
  await trial.pass(60_000)
  assert.deepEqual([trial.changes(), trial.stopped()], [0, 1])
})

test('the system’s own notifications reach it', { timeout: 10_000 }, async (context) => {
  const folder = join(root, 'real')
  mkdirSync(folder)
  const file = join(folder, 'weir.yaml')
  writeFileSync(file, 'listen: :1')
  // Neither the watcher nor the clock keeps a process alive; something else has to while the test waits.
  const alive = setInterval(() => undefined, 1_000)
  const changed = Promise.withResolvers<void>()
  const watcher = createConfigWatcher({ files: [file], clock: systemClock, onChange: changed.resolve })
  context.after(() => watcher.close())
  context.after(() => clearInterval(alive))
  await watcher.settled()
  writeFileSync(`${file}.new`, 'listen: :2')
  renameSync(`${file}.new`, file)
  await changed.promise
})
