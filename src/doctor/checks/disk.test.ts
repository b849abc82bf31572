import { test } from 'node:test'
import { assertAnswer, examineOne } from '../../../test/support/doctor.ts'
import { systemMachine, type Space } from '../ask/machine.ts'

const GIB = 1_073_741_824

const ask = (space: Space | undefined, written: Readonly<Record<string, unknown>> = {}) =>
  examineOne({
    written,
    only: 'disk',
    instead: { machine: { ...systemMachine, spaceAt: () => Promise.resolve(space) } },
  })

test('the disk of this machine tells how much is free', async () => {
  const answer = await examineOne({ written: { records: { maxSize: '16MiB' } }, only: 'disk' })
  assertAnswer(answer, answer.status, /(GiB|MiB) \(\d+ %\) are free/)
})

test('room is plenty, little, nearly none, or not known', async () => {
  const disk = { totalBytes: 100 * GIB }
  assertAnswer(await ask({ ...disk, freeBytes: 50 * GIB }), 'ok', /50\.0 GiB \(50 %\)/)
  assertAnswer(await ask({ ...disk, freeBytes: 5 * GIB }), 'warn', /5\.0 GiB \(5 %\)/, /df -h/)
  assertAnswer(await ask({ ...disk, freeBytes: GIB }), 'fail', /1\.0 GiB \(1 %\)/, /records\.maxSize/)
  assertAnswer(await ask({ totalBytes: GIB, freeBytes: 50 * 1_048_576 }), 'fail', /50 MiB/)
  assertAnswer(await ask(undefined), 'skip', /not asked/)
})

test('a store that may grow beyond the disk is told of, where it is on this disk', async () => {
  const space = { totalBytes: 20 * GIB, freeBytes: 6 * GIB }
  assertAnswer(await ask(space), 'warn', /records may grow to 10GiB/, /maxSize: 3GiB/)
  assertAnswer(await ask(space, { records: { store: 'off' } }), 'ok', /are free/)
})
