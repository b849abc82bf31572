import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createManualClock, systemClock } from '../../../core/clock.ts'
import { createHostCollector, toHostFamilies, type HostSystem } from './host.ts'

const EVERY_MS = 5_000

function open() {
  const clock = createManualClock()
  const files: Record<string, string | undefined> = {
    '/proc/self/mountinfo': '1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /models rw - xfs b rw\n',
    '/proc/meminfo': 'MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    400 kB\n',
    '/proc/stat': 'cpu0 100 0 0 900 0 0 0 0 0 0\n',
  }
  const disks: Record<string, () => Promise<{ blocks: number; bavail: number }>> = {
    '/': () => Promise.resolve({ blocks: 100, bavail: 30 }),
    '/models': () => Promise.resolve({ blocks: 100, bavail: 90 }),
  }
  const asked: string[] = []
  const system: HostSystem = {
    read: (path) => Promise.resolve(files[path]),
    toRealFolder: () => Promise.resolve('/'),
    statfs(point) {
      asked.push(point)
      return disks[point]?.() ?? Promise.reject(new Error('none'))
    },
  }
  const collector = createHostCollector({ clock, everyMs: EVERY_MS, dataDir: '/nowhere/weir', system })
  const pass = async (ms = EVERY_MS): Promise<void> => {
    clock.advance(ms)
    for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  return { files, disks, asked, collector, pass }
}

test('memory and disks are there at once, CPU when there is something to compare', async () => {
  const { collector, files, pass } = open()
  await collector.ready
  const disks = [
    { mount: '/', usedRatio: 0.7 },
    { mount: '/models', usedRatio: 1 - 0.9 },
  ]
  assert.deepEqual(collector.reading(), { memoryRatio: 0.6, cpuRatio: undefined, disks })
  files['/proc/stat'] = 'cpu0 130 0 0 970 0 0 0 0 0 0\n'
  await pass(1_000)
  assert.equal(collector.reading().cpuRatio, 0.3)
  assert.equal(collector.up(), true)
  collector.close()
})

test('in a container its limits count, for CPU too', async () => {
  const { collector, files, pass } = open()
  files['/proc/self/cgroup'] = '0::/\n'
  files['/proc/self/mountinfo'] = '1 0 0:9 / /sys/fs/cgroup rw - cgroup2 c rw\n'
  files['/sys/fs/cgroup/memory.max'] = '512000'
  files['/sys/fs/cgroup/memory.current'] = '128000'
  files['/sys/fs/cgroup/cpu.max'] = '50000 100000'
  files['/sys/fs/cgroup/cpu.stat'] = 'usage_usec 1000000'
  await pass()
  // What it belongs to is looked up again once a minute.
  for (let look = 0; look < 12; look += 1) await pass()
  files['/sys/fs/cgroup/cpu.stat'] = 'usage_usec 2000000'
  await pass()
  assert.equal(collector.reading().memoryRatio, 0.25)
  assert.equal(
    collector.reading().cpuRatio,
    0.4,
    'a second of the two and a half that half a processor has in five',
  )
  collector.close()
})

test('a disk that does not answer is not asked again, and shows no old value', async () => {
  const { collector, disks, asked, pass } = open()
  await collector.ready
  disks['/models'] = () => new Promise(() => undefined)
  for (let look = 0; look < 10; look += 1) await pass()
  assert.deepEqual(
    collector.reading().disks.map(({ mount }) => mount),
    ['/'],
  )
  assert.equal(asked.filter((point) => point === '/models').length, 2)
  assert.ok(asked.length > 10)
  collector.close()
})

test('a disk that is gone is gone at once', async () => {
  const { collector, disks, pass } = open()
  await collector.ready
  disks['/models'] = () => Promise.reject(new Error('gone'))
  await pass()
  assert.equal(collector.reading().disks.length, 1)
  collector.close()
})

test('what is read no more has no value', async () => {
  const { collector, pass } = open()
  await collector.ready
  collector.close()
  await pass(3 * EVERY_MS + 1)
  assert.deepEqual(collector.reading(), { memoryRatio: undefined, cpuRatio: undefined, disks: [] })
  assert.equal(collector.up(), false)
  assert.deepEqual(
    toHostFamilies(collector.reading()).flatMap(({ samples }) => samples),
    [],
  )
})

test('this machine has memory and a disk, also for a data folder that is not there yet', async () => {
  const dataDir = join(tmpdir(), 'weir-is-not-here', 'nor-here')
  const collector = createHostCollector({ clock: systemClock, everyMs: EVERY_MS, dataDir })
  await collector.ready
  const { memoryRatio = 0, disks } = collector.reading()
  collector.close()
  assert.ok(memoryRatio > 0 && memoryRatio <= 1)
  assert.ok(disks.some(({ usedRatio }) => usedRatio > 0 && usedRatio < 1))
})
