// Proves the first minute of a stranger: clones HEAD, types `npm start`, asks for health, stops it. Plain JavaScript, so
// that it runs before anything is installed. `--fresh-cache` also keeps npm from using what this machine downloaded before.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { exitOf } from './setup/hand-over.mjs'
import { cleanNpmEnvironment, npmCommand } from './setup/npm.mjs'

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
// Includes the whole installation: half a minute with a cold cache on two cores, more on a slow line.
const START_TIMEOUT_MS = 300_000
const STOP_TIMEOUT_MS = 30_000
const STARTED = /gateway started on (\S+)/

/**
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit
 * @typedef {{ output: () => string, exit: Promise<Exit>, pid: number }} Running
 */

const started = Date.now()
/** @type {Running[]} */
const everStarted = []

async function main() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-smoke-'))
  try {
    const clone = path.join(folder, 'weir')
    execFileSync('git', ['clone', '--quiet', ROOT, clone])
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: clone, encoding: 'utf8' })
    say(`cloned ${commit.trim()}`)
    await asPeopleStartIt(clone, folder)
    await asServicesStartIt(clone, folder)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.stdout.write(`${everStarted.at(-1)?.output() ?? ''}\n`)
    process.exitCode = 1
  } finally {
    for (const { pid } of everStarted) killGroup(pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * npm passes a signal to the shell between it and us and ends at once, so its exit code says nothing about ours. What must
 * hold is that nothing stays behind.
 * @param {string} clone
 * @param {string} folder
 */
async function asPeopleStartIt(clone, folder) {
  const [program, ...first] = npmCommand(ROOT)
  const running = startIn(clone, folder, [program, ...first, 'start', '--'])
  const address = await startedOn(running)
  say(`npm start: gateway started on ${address}`)
  await expectHealthy(address)
  process.kill(running.pid, 'SIGTERM')
  await running.exit
  await expectGone(address)
  say('SIGTERM to npm: nothing left behind')
}

/**
 * @param {string} clone
 * @param {string} folder
 */
async function asServicesStartIt(clone, folder) {
  const running = startIn(clone, folder, [process.execPath, 'scripts/setup.mjs', 'start'])
  const address = await startedOn(running)
  await expectHealthy(address)
  process.kill(running.pid, 'SIGTERM')
  const ended = await within(STOP_TIMEOUT_MS, running.exit)
  if (ended === undefined) throw new Error(`still running ${STOP_TIMEOUT_MS / 1000} s after SIGTERM`)
  if (ended.code !== 0) throw new Error(`ended with ${ended.code ?? ended.signal} after SIGTERM, not 0`)
  await expectGone(address)
  say('SIGTERM without npm: exit 0')
}

/**
 * @param {string} clone
 * @param {string} folder
 * @param {string[]} command
 * @returns {Running}
 */
function startIn(clone, folder, [program = '', ...args]) {
  const env = Object.fromEntries(
    Object.entries(cleanNpmEnvironment(ROOT)).filter(([name]) => !name.startsWith('WEIR_')),
  )
  if (process.argv.includes('--fresh-cache')) env['npm_config_cache'] = path.join(folder, 'npm-cache')
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--metrics-addr',
    '127.0.0.1:0',
    '--data-dir',
    path.join(folder, 'data'),
  ]
  // A group of its own, so that nothing of it can be left behind whatever fails here.
  const child = spawn(program, [...args, ...flags], {
    cwd: clone,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  const running = { output: () => Buffer.concat(chunks).toString(), exit: exitOf(child), pid: child.pid ?? 0 }
  everStarted.push(running)
  return running
}

/**
 * @param {Running} running
 * @returns {Promise<string>}
 */
async function startedOn(running) {
  let ended = false
  running.exit.then(
    () => (ended = true),
    () => (ended = true),
  )
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await pause(100)) {
    const address = STARTED.exec(withoutColours(running.output()))?.[1]
    if (address !== undefined) return address.replace(/^:/, '127.0.0.1:').replace(/["',}]+$/, '')
    if (ended) throw new Error('npm start ended before the gateway had started')
  }
  throw new Error(`no "gateway started on" within ${START_TIMEOUT_MS / 1000} s`)
}

/** @param {string} address */
async function expectHealthy(address) {
  const { status } = await fetch(`http://${address}/healthz`)
  if (status !== 200) throw new Error(`GET /healthz answered ${status}`)
  say(`GET /healthz: 200 (${((Date.now() - started) / 1000).toFixed(1)} s since the clone)`)
}

/** @param {string} address */
async function expectGone(address) {
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; Date.now() < deadline; await pause(100)) {
    const answers = await fetch(`http://${address}/healthz`).then(
      () => true,
      () => false,
    )
    if (!answers) return
  }
  throw new Error(`the gateway still answers ${STOP_TIMEOUT_MS / 1000} s after its parent ended`)
}

/**
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>}
 */
function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Already gone, which is how it should be.
  }
}

/** @param {string} text */
function withoutColours(text) {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '')
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`smoke: ${text}\n`)
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
}

await main()
