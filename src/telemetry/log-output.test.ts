import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createFakeFile } from './fixtures/log-file.ts'
import { createLogOutput } from './log-output.ts'

function openOutput() {
  const clock = createManualClock()
  const file = createFakeFile()
  const drops: [number, string][] = []
  const output = createLogOutput({ file, clock, onDropped: (lines, reason) => drops.push([lines, reason]) })
  return { clock, file, output, drops }
}

test('a line leaves at once; what comes meanwhile leaves together', () => {
  const { file, output } = openOutput()
  output.write('a\n')
  output.write('b\n')
  output.write(Buffer.from('c\n'))
  file.finish()
  assert.equal(file.text(), 'a\n')
  file.finish()
  assert.equal(file.text(), 'a\nb\nc\n')
  assert.equal(file.isWaiting(), false)
})

test('a write that takes a part is continued where it stopped, within a character too', () => {
  const { file, output } = openOutput()
  output.write('千问\n')
  file.finish(1)
  output.write('b\n')
  file.finish(4)
  file.finish()
  file.finish()
  assert.equal(file.text(), '千问\nb\n')
})

test('a full pipe is tried again and loses nothing', async () => {
  const { clock, file, output, drops } = openOutput()
  output.write('a\n')
  file.finish('EAGAIN')
  output.write('b\n')
  assert.equal(file.isWaiting(), false)
  const flushed = output.flush()
  clock.advance(10)
  file.finish('EAGAIN')
  clock.advance(10)
  file.finish()
  file.finish()
  await flushed
  assert.equal(file.text(), 'a\nb\n')
  assert.deepEqual(drops, [])
})

test('a full disk costs the lines that did not fit, and the log goes on when there is room', () => {
  const { file, output, drops } = openOutput()
  output.write('a\nb\n')
  file.finish('ENOSPC')
  assert.deepEqual(drops, [[2, 'failed']])
  output.write('c\n')
  file.finish()
  assert.equal(file.text(), 'c\n')
  assert.equal(output.dropped(), 2)
})

test('a line that was cut off by a full disk does not run into the next one', () => {
  const { file, output, drops } = openOutput()
  output.write('abc\ndef\n')
  file.finish(5)
  file.finish('ENOSPC')
  output.write('ghi\n')
  file.finish()
  assert.equal(file.text(), 'abc\nd\nghi\n')
  assert.deepEqual(drops, [[1, 'failed']])
})

test('a line that was cut off is counted once, however long the disk stays full', () => {
  const { file, output, drops } = openOutput()
  output.write('abc\ndef\n')
  file.finish(5)
  file.finish('ENOSPC')
  for (const line of ['ghi\n', 'jkl\n']) {
    output.write(line)
    file.finish('ENOSPC')
  }
  assert.deepEqual(drops, [
    [1, 'failed'],
    [1, 'failed'],
    [1, 'failed'],
  ])
})

test('a reader that is gone ends the writing, not the process', async () => {
  const { file, output, drops } = openOutput()
  output.write('a\n')
  output.write('b\n')
  file.finish('EPIPE')
  output.write('c\n')
  assert.equal(file.isWaiting(), false)
  assert.deepEqual(drops, [
    [1, 'failed'],
    [1, 'failed'],
    [1, 'failed'],
  ])
  await output.flush()
  output.flushSync()
  assert.equal(file.text(), '')
})

test('a reader that never reads costs a bounded amount of memory', () => {
  const { output, drops } = openOutput()
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let count = 0; count < 20; count += 1) output.write(line)
  // One is in the hands of the system, sixteen wait.
  assert.deepEqual(drops, [
    [1, 'overflow'],
    [1, 'overflow'],
    [1, 'overflow'],
  ])
})

test('at the end of the process everything that waits is written, in order', () => {
  const { clock, file, output } = openOutput()
  output.write('a\n')
  file.finish('EAGAIN')
  output.write('b\n')
  file.syncResults.push(1, 'EAGAIN')
  output.flushSync()
  assert.equal(file.text(), 'a\nb\n')
  // The retry that was planned has nothing left to do, and does not disturb what comes.
  output.write('c\n')
  clock.advance(100)
  file.finish()
  assert.equal(file.text(), 'a\nb\nc\n')
})

test('what the system already has in its hands is not written twice', () => {
  const { file, output } = openOutput()
  output.write('a\n')
  output.write('b\n')
  output.flushSync()
  file.finish()
  assert.equal(file.text().split('\n').sort().join(), ',a,b')
})

test('the end of the process does not hang on a full disk, nor for ever on a full pipe', () => {
  const { file, output, drops } = openOutput()
  file.syncResults.push('ENOSPC')
  output.write('a\n')
  file.finish('EAGAIN')
  output.flushSync()
  assert.deepEqual(drops, [[1, 'failed']])
  output.write('b\n')
  file.finish('EAGAIN')
  file.syncResults.push(...Array.from({ length: 301 }, () => 'EAGAIN'))
  output.flushSync()
  assert.deepEqual(drops, [
    [1, 'failed'],
    [1, 'failed'],
  ])
})

/** A process that writes `lines` log lines of 100 bytes to standard output and leaves by process.exit. */
function startWriter(lines: number) {
  const script = `
    import { createLogger } from './src/telemetry/log.ts'
    import { systemClock } from './src/core/clock.ts'
    const logger = createLogger({ level: 'info', format: 'json', clock: systemClock })
    for (let at = 0; at < ${lines}; at += 1) logger.writeLines(String(at).padStart(99, '.') + '\\n')
    setTimeout(() => process.exit(0), 50)`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
    // Should it hang after all, it is a failure and not a process that stays behind.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
}

test('a process that exits with much unwritten loses no line and mixes none', async () => {
  const child = startWriter(10_000)
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  const numbers = text
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line.replace(/^\.+/, '')))
  assert.deepEqual(
    numbers,
    Array.from({ length: 10_000 }, (_, at) => at),
  )
})

test('a reader that has stopped reading does not keep a process from ending', async () => {
  const child = startWriter(30_000)
  const [code] = (await once(child, 'exit')) as [number]
  child.stdout.destroy()
  assert.equal(code, 0)
})
