import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { withInstallLock } from './install-lock.mjs'

let folder = ''
let lock = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weir-lock-'))
  lock = path.join(folder, 'cache', 'install.lock')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function leaveBehind(owner: object, ageMs: number): void {
  mkdirSync(lock, { recursive: true })
  writeFileSync(path.join(lock, 'owner.json'), JSON.stringify(owner))
  const then = new Date(Date.now() - ageMs)
  utimesSync(lock, then, then)
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

test('two installations at the same time run one after the other', async () => {
  const events: string[] = []
  const install = (name: string): Promise<void> =>
    withInstallLock(lock, async () => {
      events.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      events.push(`${name} ends`)
    })
  await Promise.all([install('one'), install('two'), install('three')])
  const pairs = [events.slice(0, 2), events.slice(2, 4), events.slice(4, 6)]
  for (const [begins, ends] of pairs) assert.equal(begins?.replace('begins', 'ends'), ends)
})

test('the lock is gone after the work, even after work that failed', async () => {
  await withInstallLock(lock, () => Promise.resolve())
  assert.equal(existsSync(lock), false)
  await assert.rejects(
    withInstallLock(lock, () => Promise.reject(new Error('no network'))),
    /no network/,
  )
  assert.equal(existsSync(lock), false)
})

test('the lock of a process that died is taken over', async () => {
  leaveBehind({ token: 'old', host: os.hostname(), pids: [await pidOfTheDead()] }, 5000)
  assert.equal(await withInstallLock(lock, () => Promise.resolve('done')), 'done')
})

test('an unsigned lock is taken over once its maker has had time to sign it', async () => {
  mkdirSync(lock, { recursive: true })
  const then = new Date(Date.now() - 5000)
  utimesSync(lock, then, then)
  assert.equal(await withInstallLock(lock, () => Promise.resolve('done')), 'done')
})

test('the silent lock of another machine is taken over', async () => {
  leaveBehind({ token: 'old', host: 'elsewhere', pids: [process.pid] }, 60_000)
  assert.equal(await withInstallLock(lock, () => Promise.resolve('done')), 'done')
})

test('a lock whose npm still writes is waited for, although the bootstrap itself is dead', async () => {
  const npm = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
  leaveBehind({ token: 'old', host: os.hostname(), pids: [await pidOfTheDead(), npm.pid] }, 5000)
  let entered = false
  const waiting = withInstallLock(lock, () => {
    entered = true
    return Promise.resolve()
  })
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(entered, false)
  npm.kill()
  await waiting
  assert.equal(entered, true)
})
