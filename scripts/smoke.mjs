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

/** @typedef {{ output: () => string, exit: Promise<{ code: number | null, signal: NodeJS.Signals | null }>, pid: number }} Running */

async function main() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-smoke-'))
  const started = Date.now()
  /** @type {Running | undefined} */
  let running
  try {
    const clone = path.join(folder, 'weir')
    execFileSync('git', ['clone', '--quiet', ROOT, clone])
    say(
      `cloned ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: clone, encoding: 'utf8' }).trim()}`,
    )
    running = npmStart(clone, folder)
    const address = await startedOn(running)
    say(`npm start: gateway started on ${address} after ${secondsSince(started)}`)
    await expectOk(`http://${address}/healthz`)
    say('GET /healthz: 200')
    await expectCleanStop(running, address)
    say(`SIGTERM: stopped, exit 0, port free (${secondsSince(started)} in all)`)
  } catch (error) {
    process.stderr.write(
      `smoke: ${error instanceof Error ? error.message : String(error)}\n${running?.output() ?? ''}\n`,
    )
    process.exitCode = 1
  } finally {
    if (running !== undefined) killGroup(running.pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * @param {string} clone
 * @param {string} folder
 * @returns {Running}
 */
function npmStart(clone, folder) {
  const env = Object.fromEntries(
    Object.entries(cleanNpmEnvironment(ROOT)).filter(([name]) => !name.startsWith('WEIR_')),
  )
  if (process.argv.includes('--fresh-cache')) env['npm_config_cache'] = path.join(folder, 'npm-cache')
  const [program, ...first] = npmCommand(ROOT)
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--metrics-addr',
    '127.0.0.1:0',
    '--data-dir',
    path.join(folder, 'data'),
  ]
  // A group of its own, so that nothing of it can be left behind whatever fails here.
  const child = spawn(program, [...first, 'start', '--', ...flags], {
    cwd: clone,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  return { output: () => Buffer.concat(chunks).toString(), exit: exitOf(child), pid: child.pid ?? 0 }
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

/** @param {string} url */
async function expectOk(url) {
  const { status } = await fetch(url)
  if (status !== 200) throw new Error(`GET ${url} answered ${status}`)
}

/**
 * @param {Running} running
 * @param {string} address
 */
async function expectCleanStop(running, address) {
  // To npm alone, as a service manager or an impatient person would: the signal must find its way down.
  process.kill(running.pid, 'SIGTERM')
  const ended = await Promise.race([running.exit, pause(STOP_TIMEOUT_MS)])
  if (ended === undefined) throw new Error(`still running ${STOP_TIMEOUT_MS / 1000} s after SIGTERM`)
  if (ended.code !== 0) throw new Error(`npm start ended with ${ended.code ?? ended.signal}, not 0`)
  const answer = await fetch(`http://${address}/healthz`).catch(() => undefined)
  if (answer !== undefined) throw new Error('npm start has ended, but the gateway still answers')
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

/** @param {number} since */
function secondsSince(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
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
