import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findGroups, readCpuLimit, readMemoryLimit } from './cgroup.ts'

const GIB = 1_073_741_824
const toRead = (files: Readonly<Record<string, string>>) => (path: string) => Promise.resolve(files[path])

const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n'
// A container with a namespace of its own: it is the root of what it sees.
const CONTAINER = {
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo': V2_MOUNT,
  '/sys/fs/cgroup/memory.max': `${4 * GIB}\n`,
  '/sys/fs/cgroup/memory.current': `${3 * GIB}\n`,
  '/sys/fs/cgroup/memory.stat': `anon ${GIB}\nfile ${2 * GIB}\ninactive_file ${GIB}\n`,
  '/sys/fs/cgroup/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/cpu.stat': 'usage_usec 2500000\nuser_usec 2000000\n',
}

async function limits(
  files: Readonly<Record<string, string>>,
  machine = { bytes: 64 * GIB, processors: 16 },
) {
  const read = toRead(files)
  const groups = await findGroups(read)
  return [
    await readMemoryLimit(read, groups, machine.bytes),
    await readCpuLimit(read, groups, machine.processors),
  ]
}

test('a container of today: files that can be given up are not used memory', async () => {
  assert.deepEqual(await limits(CONTAINER), [
    { limitBytes: 4 * GIB, usedBytes: 2 * GIB },
    { processors: 1.5, usedSeconds: 2.5 },
  ])
})

test('without limits, or with some that the machine does not reach, the machine counts', async () => {
  const open = { '/sys/fs/cgroup/memory.max': 'max\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }
  assert.deepEqual(await limits({ ...CONTAINER, ...open }), [undefined, undefined])
  assert.deepEqual(await limits(CONTAINER, { bytes: 2 * GIB, processors: 1 }), [undefined, undefined])
  assert.deepEqual(await limits({}), [undefined, undefined])
  assert.deepEqual(await limits({ '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': '' }), [
    undefined,
    undefined,
  ])
})

test('of nested groups the tightest counts, and its own use', async () => {
  const service = '/sys/fs/cgroup/system.slice/weir.service'
  const files = {
    '/proc/self/cgroup': '0::/system.slice/weir.service\n',
    '/proc/self/mountinfo': V2_MOUNT,
    [`${service}/memory.max`]: 'max',
    [`${service}/memory.current`]: '1',
    '/sys/fs/cgroup/system.slice/memory.max': String(2 * GIB),
    '/sys/fs/cgroup/system.slice/memory.current': String(GIB),
    [`${service}/cpu.max`]: '50000 100000',
    [`${service}/cpu.stat`]: 'usage_usec 1000000',
    '/sys/fs/cgroup/system.slice/cpu.max': '400000 100000',
  }
  assert.deepEqual(await limits(files), [
    { limitBytes: 2 * GIB, usedBytes: GIB },
    { processors: 0.5, usedSeconds: 1 },
  ])
})

test('a container of version 1, whose path is one of the machine', async () => {
  const memory = '/sys/fs/cgroup/memory'
  const cpu = '/sys/fs/cgroup/cpu,cpuacct'
  const files = {
    '/proc/self/cgroup': '5:cpu,cpuacct:/docker/0a1b\n4:memory:/docker/0a1b\n1:name=systemd:/docker/0a1b\n',
    '/proc/self/mountinfo': [
      '40 30 0:30 /docker/0a1b /sys/fs/cgroup/memory ro,nosuid master:17 - cgroup cgroup rw,memory',
      '41 30 0:31 /docker/0a1b /sys/fs/cgroup/cpu,cpuacct ro master:18 - cgroup cgroup rw,cpu,cpuacct',
    ].join('\n'),
    [`${memory}/memory.limit_in_bytes`]: String(GIB),
    [`${memory}/memory.usage_in_bytes`]: String(GIB / 2),
    [`${memory}/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${GIB / 4}\n`,
    [`${cpu}/cpu.cfs_quota_us`]: '200000\n',
    [`${cpu}/cpu.cfs_period_us`]: '100000\n',
    [`${cpu}/cpuacct.usage`]: '3000000000\n',
  }
  assert.deepEqual(await limits(files), [
    { limitBytes: GIB, usedBytes: GIB / 4 },
    { processors: 2, usedSeconds: 3 },
  ])
  const none = {
    [`${memory}/memory.limit_in_bytes`]: '9223372036854771712',
    [`${cpu}/cpu.cfs_quota_us`]: '-1',
  }
  assert.deepEqual(await limits({ ...files, ...none }), [undefined, undefined])
})

test('a limit without a word of what is used says nothing', async () => {
  const { '/sys/fs/cgroup/memory.current': _memory, '/sys/fs/cgroup/cpu.stat': _cpu, ...rest } = CONTAINER
  assert.deepEqual(await limits(rest), [undefined, undefined])
  for (const odd of ['', 'many', '0 0', '-1 100000']) {
    assert.deepEqual((await limits({ ...CONTAINER, '/sys/fs/cgroup/cpu.max': odd }))[1], undefined, odd)
  }
})
