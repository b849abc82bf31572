// One installation at a time in one checkout: a lock folder that dies with its holder. It knows nothing of what is installed.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'

const POLL_MS = 200
const HEARTBEAT_MS = 2000
// Fifteen missed heartbeats: long enough for a laptop that swaps, short enough to wait for.
const SILENT_HOLDER_MS = 30_000
const LONGEST_INSTALL_MS = 600_000
// Longer than it takes to see that somebody else took the same abandoned lock in the same moment.
const SETTLE_MS = 50

/**
 * @typedef {{ token: string, host: string, pids: number[] }} Owner
 * @typedef {(child: import('node:child_process').ChildProcess) => void} Guard
 */

/**
 * @template T
 * @param {string} folder
 * @param {(guard: Guard) => Promise<T>} work gets `guard`, to be called with each child that writes under this lock
 * @returns {Promise<T>}
 */
export async function withInstallLock(folder, work) {
  /** @type {Owner} */
  const owner = { token: randomBytes(8).toString('hex'), host: os.hostname(), pids: [process.pid] }
  await acquire(folder, owner)
  const heartbeat = setInterval(() => touch(folder), HEARTBEAT_MS)
  const watch = watchSignals()
  try {
    return await work((child) => {
      watch.add(child)
      // A killed bootstrap leaves its npm writing: the lock is free only when both are gone.
      owner.pids = [process.pid, ...(child.pid === undefined ? [] : [child.pid])]
      writeOwner(folder, owner)
    })
  } finally {
    clearInterval(heartbeat)
    release(folder, owner)
    watch.done()
  }
}

/**
 * @param {string} folder
 * @param {Owner} owner
 */
async function acquire(folder, owner) {
  const started = Date.now()
  let announced = false
  mkdirSync(path.dirname(folder), { recursive: true })
  for (;;) {
    if (tryMake(folder, owner)) {
      await pause(SETTLE_MS)
      if (readOwner(folder)?.token === owner.token) return
    }
    const holder = readOwner(folder)
    if (isAbandoned(folder, holder)) {
      steal(folder, holder)
      continue
    }
    if (!announced)
      process.stderr.write(`weir: waiting for another installation (pid ${holder?.pids[0] ?? '?'})\n`)
    announced = true
    if (Date.now() - started > LONGEST_INSTALL_MS)
      throw new Error(`${folder} is still held; remove it and try again`)
    await pause(POLL_MS)
  }
}

/**
 * @param {string} folder
 * @param {Owner} owner
 */
function tryMake(folder, owner) {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
  writeOwner(folder, owner)
  return true
}

/**
 * @param {string} folder
 * @param {Owner | undefined} holder
 */
function isAbandoned(folder, holder) {
  const age = ageOf(folder)
  if (age === undefined) return false
  // Made, but not yet signed: give its maker a moment.
  if (holder === undefined) return age > HEARTBEAT_MS
  // Process ids mean nothing across containers that share the checkout; there only the heartbeat speaks.
  if (holder.host !== os.hostname()) return age > SILENT_HOLDER_MS
  return age > LONGEST_INSTALL_MS || !holder.pids.some(isAlive)
}

/**
 * A rename succeeds for one of those who try; whoever finds another's lock in hand puts it back.
 * @param {string} folder
 * @param {Owner | undefined} holder
 */
function steal(folder, holder) {
  const aside = `${folder}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(folder, aside)
    if (readOwner(aside)?.token === holder?.token) rmSync(aside, { recursive: true, force: true })
    else renameSync(aside, folder)
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST') && !isCode(error, 'ENOTEMPTY')) throw error
  }
}

/**
 * @param {string} folder
 * @param {Owner} owner
 */
function release(folder, owner) {
  if (readOwner(folder)?.token === owner.token) rmSync(folder, { recursive: true, force: true })
}

/** A signal ends the running child and every later one; when the work has noticed, this process ends by that signal. */
function watchSignals() {
  /** @type {NodeJS.Signals | undefined} */
  let received
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let current
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  /** @param {NodeJS.Signals} signal */
  const listener = (signal) => {
    received = signal
    current?.kill('SIGTERM')
  }
  for (const name of signals) process.on(name, listener)
  return {
    /** @param {import('node:child_process').ChildProcess} child */
    add: (child) => {
      current = child
      if (received !== undefined) child.kill('SIGTERM')
    },
    done: () => {
      for (const name of signals) process.off(name, listener)
      if (received !== undefined) process.kill(process.pid, received)
    },
  }
}

/**
 * @param {string} folder
 * @returns {Owner | undefined}
 */
function readOwner(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'owner.json'), 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param {string} folder
 * @param {Owner} owner
 */
function writeOwner(folder, owner) {
  const file = path.join(folder, 'owner.json')
  writeFileSync(`${file}.new`, JSON.stringify(owner))
  renameSync(`${file}.new`, file)
}

/** @param {string} folder */
function ageOf(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs
  } catch {
    return undefined
  }
}

/** @param {string} folder */
function touch(folder) {
  try {
    utimesSync(folder, new Date(), new Date())
  } catch {
    // Somebody removed the lock by hand, as the message of acquire() tells them to.
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
