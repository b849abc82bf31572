import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { ToolFolder } from '../fixtures/fake-tool.ts'
import { askTool } from './ask-tool.ts'
import { createToolFinder } from './find-tool.ts'
import { createToolStarter } from './tool-process.ts'

let folder: ToolFolder
beforeEach(() => {
  folder = new ToolFolder()
})
afterEach(() => folder.close())

const clock = systemClock
const PATH = '/usr/bin:/bin'

const ask = (script: string, { timeoutMs = 5_000, parameters = [] as string[] } = {}) =>
  askTool(
    { file: folder.put('tool', script), parameters, clock },
    { start: createToolStarter({ PATH, WEIR_SECRET: 'secret', HOME: '/h' }), timeoutMs },
  )

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('what it prints is its answer, whatever it says besides', async () => {
  const answer = await ask('echo "$1 $2"; echo trouble >&2', { parameters: ['a b', '$(c)'] })
  assert.deepEqual(answer, { ok: true, text: 'a b $(c)\n' })
})

test('it gets none of our secrets, and nothing to read', async () => {
  const answer = await ask('cat; env')
  assert.ok(answer.ok)
  const names = answer.text.split('\n').map((line) => line.split('=')[0])
  assert.ok(names.includes('PATH') && names.includes('HOME') && answer.text.includes('LC_ALL=C'))
  assert.ok(!answer.text.includes('secret'))
})

test('how it failed is said', async () => {
  assert.deepEqual(await ask('echo no; exit 6'), { ok: false, problem: 'exit code 6', hung: false })
  assert.deepEqual(await ask('kill -TERM $$'), { ok: false, problem: 'ended by SIGTERM', hung: false })
})

test('what is no program is no answer', async () => {
  const start = createToolStarter({ PATH })
  const answer = await askTool(
    { file: `${folder.path}/nothing`, parameters: [], clock },
    { start, timeoutMs: 5_000 },
  )
  assert.ok(!answer.ok && /ENOENT/.test(answer.problem), JSON.stringify(answer))
})

test('one that hangs is ended with everything it started', async () => {
  let pids: number[] = []
  const file = folder.put('tool', 'sleep 1000 & echo $$ $!; trap "" TERM; wait; sleep 1000')
  const start = createToolStarter({ PATH })
  const hung = await askTool(
    { file, parameters: [], clock },
    {
      timeoutMs: 300,
      start: (run, events) =>
        start(run, {
          ...events,
          onText(text) {
            pids = text.trim().split(' ').map(Number)
            events.onText(text)
          },
        }),
    },
  )
  assert.deepEqual(hung, { ok: false, problem: 'no end within 300 ms', hung: true })
  assert.equal(pids.length, 2)
  for (let count = 0; count < 200 && pids.some(isAlive); count += 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
  // The second one's parent is not us: where nobody buries it, it is dead all the same.
  assert.equal(isAlive(pids[0] ?? 0), false)
})

test('one that leaves its output to a child is not waited for', async () => {
  const startedMs = performance.now()
  const answer = await ask('echo done; sleep 20 & exit 0')
  assert.deepEqual(answer, { ok: true, text: 'done\n' })
  assert.ok(performance.now() - startedMs < 5_000)
})

test('one that prints without end is cut off', async () => {
  const answer = await ask('exec yes xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
  assert.ok(!answer.ok && /more than/.test(answer.problem))
})

test('a tool is found in the folders of PATH, and only when it can be run', async () => {
  const find = createToolFinder(() => `relative:${folder.path}:/nonexistent`)
  assert.equal(await find('gpu-tool'), undefined)
  const file = folder.put('gpu-tool', 'exit 0')
  assert.equal(await find('gpu-tool'), file)
  folder.remove('gpu-tool')
  assert.equal(await find('gpu-tool'), undefined)
  assert.equal(await createToolFinder(() => undefined)('gpu-tool'), undefined)
  assert.equal(await createToolFinder(() => '/usr')('bin'), undefined, 'a folder is no program')
})
