import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Command } from 'commander'
import type { RecordStore } from '../../records/store.ts'
import type { Streams } from '../../app/asked.ts'
import type { World } from '../world.ts'
import { defineRequests } from './requests.ts'
import { purgeRecords, readPurge, type Purge } from './requests-purge.ts'

function setUp(kept: number) {
  const asked: unknown[] = []
  const written = { err: '' }
  const store: Pick<RecordStore, 'aggregate' | 'purge'> = {
    aggregate: ({ filter }) => {
      asked.push({ filter })
      const row = { group: {}, count: kept, sumMs: 0, quantilesMs: [] }
      return Promise.resolve(kept === 0 ? [] : [row])
    },
    purge: (query) => Promise.resolve((asked.push(query), kept)),
  }
  const stderr = { write: (text: string) => (written.err += text) !== '' }
  return { asked, written, store, world: { streams: { stderr } as unknown as Streams } }
}

async function purge(flags: Parameters<typeof readPurge>[0], kept: number) {
  const { asked, written, store, world } = setUp(kept)
  const code = await purgeRecords(store, readPurge(flags) as Purge, world)
  return { asked, code, err: written.err }
}

test('without --yes nothing is removed, and it is said how much that would be', async () => {
  assert.deepEqual(await purge({ key: 'team-a' }, 12), {
    asked: [{ filter: { key: 'team-a' } }],
    code: 1,
    err: 'weir: 12 requests of key team-a would be removed, with what was said in them; nothing was yet: the same command with --yes does it\n',
  })
  const { err } = await purge({ tenant: 'north', contentOnly: true }, 1)
  assert.match(err, /^weir: whatever was said in 1 request of tenant north would be removed;/)
})

test('with --yes it is removed, and it is said how much that was', async () => {
  assert.deepEqual(await purge({ key: 'team-a', yes: true }, 12), {
    asked: [{ of: { key: 'team-a' }, what: 'records' }],
    code: 0,
    err: 'weir: 12 requests of key team-a are removed, with what was said in them\n',
  })
  assert.deepEqual(await purge({ tenant: 'north', contentOnly: true, yes: true }, 1), {
    asked: [{ of: { tenant: 'north' }, what: 'content' }],
    code: 0,
    err: 'weir: prompts and answers of 1 request of tenant north are removed\n',
  })
})

test('a name of whom nothing is kept is an answer of no, so that a mistyped one is noticed', async () => {
  for (const yes of [true, undefined] as const) {
    const { code, err } = await purge({ key: 'taem-a', ...(yes && { yes }) }, 0)
    assert.deepEqual([code, err], [1, 'weir: nothing is kept of key taem-a\n'])
  }
})

test('whose records are meant is said by exactly one flag', () => {
  assert.match(readPurge({}) as string, /say of whom/)
  assert.match(readPurge({ key: 'a', tenant: 'b' }) as string, /not both/)
})

test('flags are read wherever they stand, and a filter is refused, since ignoring it would remove too much', async () => {
  const run = async (...argv: string[]) => {
    const { world, written } = setUp(0)
    let code: number | undefined
    const program = new Command()
    const context = {
      world: { ...world, env: {}, cwd: tmpdir() } as World,
      exit: (given: number) => (code = given),
    }
    defineRequests(program, context)
    await program.parseAsync(['requests', ...argv], { from: 'user' })
    return { code, err: written.err }
  }
  const elsewhere = ['--data-dir', join(tmpdir(), 'weir-nowhere')]
  for (const argv of [
    ['purge', '--key', 'a', ...elsewhere],
    ['--key', 'a', 'purge', ...elsewhere],
  ]) {
    const { code, err } = await run(...argv)
    assert.equal(code, 2)
    assert.match(err, /no records in .*weir-nowhere/)
  }
  for (const argv of [
    ['purge', '--key', 'a', '--model', 'm'],
    ['--since', '1h', 'purge', '--key', 'a', '--yes'],
  ]) {
    assert.deepEqual(await run(...argv), {
      code: 2,
      err: 'error: purge knows no filters: it removes all of one key or of one tenant\n',
    })
  }
})
