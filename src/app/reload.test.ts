import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadResult } from '../config/load.ts'
import type { Config } from '../config/resolve.ts'
import type { Logger } from '../telemetry/log.ts'
import { createReloader } from './reload.ts'

const CONFIG = { marker: 'new' } as unknown as Config
const SOUND = { ok: true, config: CONFIG } as LoadResult
const BROKEN = {
  ok: false,
  problems: [{ path: 'listen', message: 'expected an address' }],
} as unknown as LoadResult

interface Bench {
  readonly reload: (why: string) => Promise<void>
  /** What happened, in order. */
  readonly said: string[]
  readonly applied: Config[]
  /** Lets the reload that runs now come to its end. */
  readonly finish: (error?: Error) => Promise<void>
}

function createBench(load: () => LoadResult = () => SOUND): Bench {
  const said: string[] = []
  const applied: Config[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const say = (message: string, fields?: { reason?: unknown }): void =>
    void said.push(`${message}: ${String(fields?.reason)}`)
  const weir = {
    apply: (config: Config) => {
      applied.push(config)
      return new Promise<void>((resolve, reject) => void waiting.push({ resolve, reject }))
    },
    noteBrokenConfig: () => void said.push('noted as broken'),
  }
  const logger = { info: say, error: say } as unknown as Logger
  return {
    reload: createReloader(weir, { load, logger }),
    said,
    applied,
    async finish(error) {
      const current = waiting.shift()
      assert.ok(current !== undefined, 'no reload is running')
      if (error === undefined) current.resolve()
      else current.reject(error)
      // Every promise that follows from it settles before the next turn of the loop.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('a sound configuration is applied and said', async () => {
  const { reload, said, applied, finish } = createBench()
  const done = reload('SIGHUP')
  await finish()
  await done
  assert.deepEqual(applied, [CONFIG])
  assert.deepEqual(said, ['configuration reloaded: SIGHUP'])
})

test('a broken configuration changes nothing and is said with its problems', async () => {
  const { reload, said, applied } = createBench(() => BROKEN)
  await reload('SIGHUP')
  assert.deepEqual(applied, [])
  assert.deepEqual(said, ['noted as broken', 'the new configuration is broken; the old one stays: SIGHUP'])
})

test('a reload that throws leaves the old configuration and can be tried again', async () => {
  const { reload, said, finish } = createBench()
  const first = reload('one')
  await finish(new Error('no'))
  await first
  assert.deepEqual(said, ['noted as broken', 'the reload failed; the old configuration stays: one'])
  const second = reload('two')
  await finish()
  await second
  assert.equal(said.at(-1), 'configuration reloaded: two')
})

test('a loader that throws is a failed reload, not a crash', async () => {
  const { reload, said } = createBench(() => {
    throw new Error('disk')
  })
  await reload('one')
  assert.deepEqual(said, ['noted as broken', 'the reload failed; the old configuration stays: one'])
})

test('however many are asked for while one runs, one more happens behind it', async () => {
  const { reload, said, applied, finish } = createBench()
  const all = [reload('one'), reload('two'), reload('three'), reload('four')]
  assert.equal(applied.length, 1)
  await finish()
  assert.equal(applied.length, 2)
  await finish()
  await Promise.all(all)
  assert.deepEqual(said, ['configuration reloaded: one', 'configuration reloaded: two'])
})

test('one that is asked for while the one behind runs is not lost', async () => {
  const { reload, applied, finish } = createBench()
  void reload('one')
  void reload('two')
  await finish()
  void reload('three')
  await finish()
  assert.equal(applied.length, 3)
  await finish()
})

test('a caller waits until a reload that began after its question is over', async () => {
  const { reload, finish } = createBench()
  let isOver = false
  void reload('one')
  const second = reload('two').then(() => {
    isOver = true
  })
  await finish()
  assert.equal(isOver, false)
  await finish()
  await second
  assert.equal(isOver, true)
})
