import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { createSpokenTool } from '../fixtures/fake-tool.ts'
import { createAmdCollector } from './amd.ts'

const EVERY_MS = 5_000
const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')

async function open(installed: readonly string[]) {
  const clock = createManualClock()
  const tool = createSpokenTool()
  const told: string[] = []
  const collector = createAmdCollector({
    ...{ clock, everyMs: EVERY_MS, start: tool.start },
    find: (name) => Promise.resolve(installed.includes(name) ? `/bin/${name}` : undefined),
    report: (level, _message, { reason }) => void told.push(`${level}: ${reason}`),
  })
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  const pass = async (ms = EVERY_MS): Promise<void> => {
    for (let left = ms; left > 0; left -= EVERY_MS) {
      clock.advance(EVERY_MS)
      await settle()
    }
  }
  /** The process that was started last ends so. */
  const end = async (text: string, problem?: string): Promise<void> => {
    const last = tool.runs.at(-1)
    last?.events.onText(text)
    last?.events.onEnd(problem)
    await settle()
  }
  await settle()
  return { collector, runs: tool.runs, told, pass, end }
}

test('amd-smi is asked who is who once, and how they are every fifteen seconds', async () => {
  const { collector, runs, pass, end } = await open(['amd-smi', 'rocm-smi'])
  await end(fixture('amd-smi-metric.json'))
  await end(fixture('amd-smi-list.json'))
  await end(fixture('amd-smi-static.json'))
  await collector.ready
  assert.equal(collector.readings()[0]?.name, 'AMD Radeon RX 7800 XT')
  await pass(20_000)
  assert.equal(runs.length, 4)
  await end(fixture('amd-smi-metric.json'))
  await pass(15_000)
  assert.equal(runs.length, 5)
  assert.deepEqual([...new Set(runs.map(({ run }) => run.file))], ['/bin/amd-smi'])
  assert.equal(collector.up(), true)
})

test('rocm-smi is asked where amd-smi is not, or tells of none', async () => {
  const older = await open(['rocm-smi'])
  await older.end(fixture('rocm-smi.txt'))
  assert.equal(older.collector.readings().length, 2)
  const both = await open(['amd-smi', 'rocm-smi'])
  await both.end('', 'exit code 1')
  await both.end(fixture('rocm-smi.txt'))
  assert.equal(both.collector.readings().length, 2)
  assert.deepEqual(both.told, [])
})

test('one that hangs is ended, and neither it nor the other is asked before it is gone', async () => {
  const { collector, runs, told, pass, end } = await open(['amd-smi', 'rocm-smi'])
  await pass(600_000)
  await collector.ready
  assert.equal(runs.length, 1)
  assert.equal(runs[0]?.killed, 1)
  assert.equal(collector.up(), false)
  await end('', 'ended by SIGKILL')
  assert.equal(runs.length, 1)
  assert.deepEqual(told, ['warn: no end within 10000 ms'])
})

test('GPUs that are not told of any more are gone, and it is said once', async () => {
  const { collector, runs, told, pass, end } = await open(['rocm-smi'])
  await end(fixture('rocm-smi.txt'))
  for (let round = 0; round < 200; round += 1) {
    const before = runs.length
    await pass(15_000)
    if (runs.length > before) await end('{}')
  }
  assert.deepEqual(collector.readings(), [])
  assert.equal(collector.up(), false)
  assert.deepEqual(told, ['info: it tells of no GPU'])
  assert.ok(runs.length < 15, `${runs.length} processes in fifty minutes`)
})

test('without a tool nothing is said', async () => {
  const { collector, runs, told, pass } = await open([])
  await collector.ready
  await pass(3_600_000)
  assert.deepEqual([runs.length, told, collector.up()], [0, [], undefined])
})

test('an answer without end is cut off', async () => {
  const { collector, runs, end } = await open(['rocm-smi'])
  for (let count = 0; count < 40; count += 1) runs[0]?.events.onText('{'.repeat(65_536))
  assert.equal(runs[0]?.killed, 1)
  await end('')
  assert.deepEqual(collector.readings(), [])
})
