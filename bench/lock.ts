// One benchmark at a time on a machine: two would pin their proxies to the same core and measure each other.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const LOCK_FILE = path.join(os.tmpdir(), 'weir-bench.lock')

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The process that holds the lock, if it still lives. A file without a number is a lock just being written. */
function readHolder(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
  } catch {
    return undefined
  }
}

/** Takes the lock and returns how to give it back; or the process that has it. */
export function takeLock(file = LOCK_FILE): { readonly release: () => void } | { readonly holder: number } {
  const holder = readHolder(file)
  if (holder !== undefined) return { holder }
  // What is there now was left by a process that was killed.
  rmSync(file, { force: true })
  writeFileSync(file, String(process.pid), { flag: 'wx' })
  return { release: () => rmSync(file, { force: true }) }
}
