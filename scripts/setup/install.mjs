// Decides whether node_modules is what package-lock.json says, and redoes what is missing or half done.
// Every step is checked by its result, never by the fact that it was once started.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { exitOf } from './hand-over.mjs'
import { withInstallLock } from './install-lock.mjs'
import { modulesMatchLock } from './lockfile.mjs'
import { cleanNpmEnvironment, npmCommand } from './npm.mjs'
import { linkRuntime, RUNTIME_INSTALLER, runtimeOf } from './runtime.mjs'

/** @typedef {(child: import('node:child_process').ChildProcess) => void} Guard */

/**
 * @param {string} root the repository
 * @returns {Promise<string>} the Node to hand over to
 */
export async function ensureInstalled(root) {
  if (!isStamped(root)) {
    await withInstallLock(path.join(root, '.cache', 'install.lock'), async (guard) => {
      if (!isStamped(root)) await install(root, guard)
    })
  }
  const runtime = runtimeOf(root)
  if (runtime === undefined) throw new Error('no Node >= 24 after the installation; run the command again')
  return runtime
}

/**
 * @param {string} root
 * @param {Guard} guard
 */
async function install(root, guard) {
  if (!modulesMatchLock(root)) await installModules(root, guard)
  if (runtimeOf(root) === undefined) await installRuntime(root, guard)
  writeFileSync(stampFile(root), `${stampOf(root)}\n`)
}

/**
 * @param {string} root
 * @param {Guard} guard
 */
async function installModules(root, guard) {
  const flags = ['--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  await timed('installing dependencies', async () => {
    const args = ['ci', ...flags]
    // What the cache holds needs no question to the registry; a cache that is too old must not fail the installation.
    const first = await runNpm({ root, cwd: root, args: [...args, '--prefer-offline'], guard })
    const last = first.code === 0 ? first : await runNpm({ root, cwd: root, args, guard })
    if (last.code !== 0) throw new Error(`npm ci failed (exit ${last.code}):\n${last.output}`)
    if (!modulesMatchLock(root))
      throw new Error('npm ci ended well, but node_modules does not match package-lock.json')
  })
}

/**
 * The package `node` fetches its binary in an install script; all scripts are off above, so this one is run by name.
 * @param {string} root
 * @param {Guard} guard
 */
async function installRuntime(root, guard) {
  await timed('installing the pinned Node', async () => {
    const cwd = path.join(root, 'node_modules', 'node')
    const { code, output } = await runNode({ root, cwd, args: [RUNTIME_INSTALLER], guard })
    const problem = code === 0 ? linkRuntime(root) : `its installer failed (exit ${code})`
    if (problem === undefined) return
    // A half-written binary first on PATH would break every later npm script, so nothing of it may stay.
    rmSync(path.join(cwd, 'bin'), { recursive: true, force: true })
    throw new Error(
      `the pinned Node is not usable here: ${problem}\n${output}\nOr install Node >= 24 yourself.`,
    )
  })
}

/**
 * @param {{ root: string, cwd: string, args: string[], guard: Guard }} call
 */
function runNpm({ root, cwd, args, guard }) {
  const [program, ...first] = npmCommand(root)
  return collect({ program, args: [...first, ...args], cwd, env: cleanNpmEnvironment(root), guard })
}

/**
 * @param {{ root: string, cwd: string, args: string[], guard: Guard }} call
 */
function runNode({ root, cwd, args, guard }) {
  return collect({ program: 'node', args, cwd, env: cleanNpmEnvironment(root), guard })
}

/**
 * @param {{ program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, guard: Guard }} call
 * @returns {Promise<{ code: number, output: string }>}
 */
async function collect({ program, args, cwd, env, guard }) {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  if (child.pid !== undefined) guard(child)
  const { code, signal } = await exitOf(child)
  // Ended from outside: a second try would go against somebody's wish.
  if (signal !== null) throw new Error(`${program} was ended by ${signal}`)
  return { code: code ?? 1, output: Buffer.concat(chunks).toString().trim() }
}

/**
 * @param {string} what
 * @param {() => Promise<void>} work
 */
async function timed(what, work) {
  const started = Date.now()
  process.stderr.write(`weir: ${what} … `)
  try {
    await work()
  } catch (error) {
    process.stderr.write('failed\n')
    throw error
  }
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

/** @param {string} root */
function isStamped(root) {
  const file = stampFile(root)
  if (!existsSync(file) || runtimeOf(root) === undefined) return false
  return readFileSync(file, 'utf8').trim() === stampOf(root)
}

/**
 * Inside node_modules, so that whatever removes the modules removes the claim that they are there.
 * @param {string} root
 */
function stampFile(root) {
  return path.join(root, 'node_modules', '.weir-install')
}

/** @param {string} root */
function stampOf(root) {
  const lockfile = readFileSync(path.join(root, 'package-lock.json'))
  return `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch}`
}
