// Runs one child in place of this process: same terminal, same signals, same exit. It must never outlive its child,
// nor leave the child behind.
import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'

/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
const ORPHAN_POLL_MS = 1000

/**
 * @param {{ program: string, args: string[], cwd: string, pathFirst: string[] }} step
 * @returns {Promise<number>} the child's exit code; when a signal ended it, this process ends by the same signal
 */
export async function handOver({ program, args, cwd, pathFirst }) {
  const env = { ...process.env, PATH: [...pathFirst, process.env['PATH'] ?? ''].join(path.delimiter) }
  const child = spawn(program, args, { cwd, env, stdio: 'inherit' })
  const stopListening = forwardSignals(child)
  try {
    const { code, signal } = await exitOf(child)
    stopListening()
    if (signal !== null) process.kill(process.pid, signal)
    return code ?? 1
  } finally {
    stopListening()
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
export function exitOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} undoes it
 */
function forwardSignals(child) {
  const listeners = FORWARDED.map((signal) => {
    const listener = () => {
      // A terminal sends ^C to the whole foreground group: the child has it already, and a second one would mean "now".
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  const stopWatching = watchParent(() => child.kill('SIGTERM'))
  return () => {
    for (const undo of listeners) undo()
    stopWatching()
  }
}

/**
 * npm may die without passing its signal on (SIGKILL, some shells in between); the gateway would then hold its port
 * forever. Only under npm: somebody who starts this file directly may well want it to outlive the shell.
 * @param {() => void} onOrphaned
 * @returns {() => void} undoes it
 */
function watchParent(onOrphaned) {
  if (process.env['npm_lifecycle_event'] === undefined) return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onOrphaned()
  }, ORPHAN_POLL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
