import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { createSpokenTool } from '../fixtures/fake-tool.ts'
import { createNvidiaCollector } from './nvidia.ts'

const EVERY_MS = 5_000
const line = (gpu: number, celsius = 40) =>
  `${gpu}, GPU-${gpu}, NVIDIA H200, 1024, 143771, 50, ${celsius}, 100.5\n`

async function open({ isInstalled = true } = {}) {
  const clock = createManualClock()
  const tool = createSpokenTool()
  const told: string[] = []
  const found = { isInstalled, looks: 0 }
  const collector = createNvidiaCollector({
    ...{ clock, everyMs: EVERY_MS, start: tool.start },
    find() {
      found.looks += 1
      return Promise.resolve(found.isInstalled ? '/usr/bin/nvidia-smi' : undefined)
    },
    report: (level, message, { reason, hint }) =>
      void told.push([level, message, reason, hint].filter((word) => word !== undefined).join(' | ')),
  })
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  const pass = async (ms = EVERY_MS): Promise<void> => {
    for (let left = ms; left > 0; left -= EVERY_MS) {
      clock.advance(Math.min(left, EVERY_MS))
      await settle()
    }
  }
  const say = (text: string): void => tool.runs.at(-1)?.events.onText(text)
  const end = (problem?: string): void => tool.runs.at(-1)?.events.onEnd(problem)
  await settle()
  return { collector, runs: tool.runs, told, found, pass, say, end }
}

test('one process tells of every GPU, again and again', async () => {
  const { collector, runs, pass, say } = await open()
  assert.deepEqual(runs[0]?.run.parameters, [
    '--query-gpu=index,uuid,name,memory.used,memory.total,utilization.gpu,temperature.gpu,power.draw',
    '--format=csv,noheader,nounits',
    '--loop=5',
  ])
  say(line(0) + line(1))
  await collector.ready
  for (let round = 0; round < 100; round += 1) {
    await pass()
    say(line(0, round) + line(1, round))
  }
  assert.deepEqual(
    collector.readings().map(({ gpu, celsius }) => [gpu, celsius]),
    [
      ['0', 99],
      ['1', 99],
    ],
  )
  assert.equal(runs.length, 1)
  assert.equal(collector.up(), true)
})

test('lines come in pieces', async () => {
  const { collector, say } = await open()
  for (const character of line(0) + line(1)) say(character)
  assert.equal(collector.readings().length, 2)
})

test('a GPU that is lost is gone, while the others stay', async () => {
  const { collector, pass, say } = await open()
  say(line(0) + line(1))
  for (let round = 0; round < 5; round += 1) {
    await pass()
    say(`${line(0)}Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error\n`)
  }
  assert.deepEqual(
    collector.readings().map(({ gpu }) => gpu),
    ['0'],
  )
})

test('one that hangs is ended, told of once, and followed by another only when it is really gone', async () => {
  const { collector, runs, told, pass, say, end } = await open()
  say(line(0))
  await pass(30_000)
  assert.ok((runs[0]?.killed ?? 0) > 0)
  assert.deepEqual(collector.readings(), [])
  assert.equal(collector.up(), false)
  await pass(3_600_000)
  assert.equal(runs.length, 1, 'what the system cannot end does not pile up')
  end('ended by SIGKILL')
  await pass(20_000)
  assert.equal(runs.length, 2)
  assert.deepEqual(told, ['warn | a GPU tool hangs and was ended | nothing came for 20000 ms'])
  say(line(0))
  assert.equal(collector.up(), true)
  assert.deepEqual(told.slice(1), ['info | a GPU tool tells of GPUs again'])
})

test('one that hangs from the start is told of, and does not keep anybody waiting', async () => {
  const { collector, told, pass } = await open()
  await pass(30_000)
  await collector.ready
  assert.equal(collector.up(), false)
  assert.equal(told.length, 1)
})

test('without the tool nothing is said, and it is looked for six times an hour', async () => {
  const { collector, runs, told, found, pass } = await open({ isInstalled: false })
  await collector.ready
  assert.equal(collector.up(), undefined)
  await pass(3_600_000)
  assert.ok(found.looks <= 7, `${found.looks} looks`)
  assert.deepEqual([runs.length, told], [0, []])
  found.isInstalled = true
  await pass(600_000)
  assert.equal(runs.length, 1)
})

test('a driver that does not answer is told of once, asked less and less, and is no GPU that was lost', async () => {
  const { collector, runs, told, pass, say, end } = await open()
  const fails = (): void => {
    say("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n\n")
    end('exit code 9')
  }
  fails()
  await collector.ready
  assert.equal(collector.up(), undefined)
  for (let round = 0; round < 720; round += 1) {
    const before = runs.length
    await pass()
    if (runs.length > before) fails()
  }
  assert.ok(runs.length > 4 && runs.length < 15, `${runs.length} processes in an hour`)
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /^info \| a GPU tool brings nothing \| exit code 9 \| NVIDIA-SMI has failed/)
})

test('one that prints once and ends is started again', async () => {
  const { collector, runs, pass, say, end } = await open()
  for (let round = 0; round < 20; round += 1) {
    const before = runs.length
    if (round === 0 || runs.length > 0) {
      say(line(0))
      end()
    }
    await pass(10_000)
    assert.ok(runs.length > before)
  }
  assert.equal(collector.up(), true)
})

test('garbage without end is not kept, and its program is ended', async () => {
  const { collector, runs, pass, say } = await open()
  for (let count = 0; count < 2_000; count += 1) say('x'.repeat(65_536))
  assert.ok((runs[0]?.killed ?? 0) > 0)
  await pass()
  assert.deepEqual(collector.readings(), [])
})

test('when it is closed its process is ended and nothing follows', async () => {
  const { collector, runs, pass, say, end } = await open()
  say(line(0))
  collector.close()
  assert.equal(runs[0]?.killed, 1)
  end('ended by SIGKILL')
  await pass(3_600_000)
  assert.equal(runs.length, 1)
})
