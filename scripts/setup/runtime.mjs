// Which Node the repository runs on: the pinned one, or this process's own when it is new enough.
// It looks and links; fetching is install.mjs.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { packagesOf } from './lockfile.mjs'

// Type stripping and node:sqlite without a flag: the reason why 24 is the oldest (package.json `engines`).
const OLDEST_RUNTIME_MAJOR = 24
export const RUNTIME_INSTALLER = 'installArchSpecificPackage.js'

/**
 * @param {string} root
 * @returns {string | undefined} a Node that can run the sources
 */
export function runtimeOf(root) {
  const pinned = pinnedRuntime(root)
  if (existsSync(binLink(root)) && problemOf(root) === undefined) return pinned
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= OLDEST_RUNTIME_MAJOR
  return isNewEnough && !isThisProcess(pinned) ? process.execPath : undefined
}

/**
 * Puts the pinned Node on the PATH of npm scripts, after seeing it run: a broken one there would break them all.
 * @param {string} root
 * @returns {string | undefined} what is wrong with it
 */
export function linkRuntime(root) {
  const problem = problemOf(root)
  if (problem !== undefined) return problem
  const link = binLink(root)
  mkdirSync(path.dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(path.join('..', 'node', 'bin', path.basename(pinnedRuntime(root))), link)
  return undefined
}

/** @param {string} root */
function pinnedRuntime(root) {
  return path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/** @param {string} root */
function binLink(root) {
  return path.join(root, 'node_modules', '.bin', 'node')
}

/**
 * @param {string} root
 * @returns {string | undefined}
 */
function problemOf(root) {
  const wanted = packagesOf(path.join(root, 'package-lock.json'))?.['node_modules/node']?.version
  const pinned = pinnedRuntime(root)
  if (!existsSync(pinned)) return 'its binary is missing'
  // Saves a process start on every npm script. Only its yes counts: the file may have been replaced under our feet.
  if (isThisProcess(pinned) && process.version === `v${wanted}`) return undefined
  const { stdout, error, signal } = spawnSync(pinned, ['--version'], { encoding: 'utf8' })
  if (error !== undefined) return error.message
  if (stdout.trim() === `v${wanted}`) return undefined
  return `it answers "${stdout.trim()}"${signal === null ? '' : ` (${signal})`}, the lockfile wants v${wanted}`
}

/** @param {string} file */
function isThisProcess(file) {
  return (
    existsSync(file) && existsSync(process.execPath) && realpathSync(file) === realpathSync(process.execPath)
  )
}
