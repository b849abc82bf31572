// Starts the processes of a run, pinned to their core, with their output in files, and ends every one of them, whatever happens.
// A process that prints "… started on HOST:PORT" is up; one that ends before is an error with its last words.
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readAllowedCores, readFamily } from './procfs.ts'

export interface Recipe {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly role: 'proxy' | 'partner'
  /** Whether it talks over Node's IPC channel. */
  readonly ipc?: boolean
  /** Which of the lines "… started on HOST:PORT" counts, by its first word. Absent: the port is known, and answers HTTP once it is up. */
  readonly announces?: string
  readonly port?: number
}

export interface Running {
  readonly name: string
  readonly port: number
  /** The process and its children, as they were when it was up. */
  readonly pids: readonly number[]
  readonly child: ChildProcess
  /** What it has written so far is dropped, so that a log does not fill the disk. */
  dropOutput(): void
  stop(): Promise<void>
}

const UP_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 20
/** Between the polite signal and the other one. */
const GONE_WITHIN_MS = 1_000
const LAST_WORDS_CHARACTERS = 1_500

/** Which cores proxies and their partners get; undefined where there is no taskset or nothing to choose from. */
export interface Pinning {
  readonly proxy: number
  readonly partner: number
}

export function findPinning(): Pinning | undefined {
  const [proxy, partner] = readAllowedCores()
  if (proxy === undefined || partner === undefined) return undefined
  try {
    execFileSync('taskset', ['-pc', String(partner), String(process.pid)], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { proxy, partner }
}

export class Nursery {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'weir-bench-'))
  readonly pinning: Pinning | undefined
  readonly #children = new Set<ChildProcess>()
  #count = 0

  constructor(pinning: Pinning | undefined) {
    this.pinning = pinning
  }

  /** A new directory for one target's files. */
  createDirectory(name: string): string {
    this.#count += 1
    const directory = path.join(this.directory, `${name}-${this.#count}`)
    mkdirSync(directory)
    return directory
  }

  async start(recipe: Recipe): Promise<Running> {
    const cwd = this.createDirectory(recipe.name)
    const output = path.join(cwd, 'output.log')
    const child = this.#spawn(recipe, cwd, output)
    const port = await waitForPort(recipe, child, output)
    return {
      name: recipe.name,
      port,
      pids: readFamily(child.pid ?? 0),
      child,
      dropOutput: () => truncateSync(output),
      stop: () => this.#stop(child),
    }
  }

  #spawn(recipe: Recipe, cwd: string, output: string): ChildProcess {
    // Appending, so that a truncated file starts at its beginning again.
    const descriptor = openSync(output, 'a')
    const core = this.pinning?.[recipe.role]
    const pinned = core === undefined ? [] : ['taskset', '-c', String(core)]
    const [command = recipe.command, ...args] = [...pinned, recipe.command, ...recipe.args]
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', descriptor, descriptor, ...(recipe.ipc === true ? (['ipc'] as const) : [])],
    })
    closeSync(descriptor)
    this.#children.add(child)
    child.once('error', () => this.#children.delete(child))
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    await Promise.race([gone, wait(GONE_WITHIN_MS)])
    child.kill('SIGKILL')
    await gone
  }

  /** The polite way, for the end of a run: a master reaps its workers. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.#stop(child)))
    this.abandon()
  }

  /** Ends everything at once and removes the files. Safe to call twice, and from a signal or exit handler: it never waits. */
  abandon(): void {
    for (const child of this.#children) {
      for (const pid of safeFamily(child.pid)) kill(pid)
    }
    this.#children.clear()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function safeFamily(pid: number | undefined): number[] {
  return pid === undefined ? [] : readFamily(pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/v1/models', agent: false }, (response) => {
      response.resume()
      resolve(true)
    })
    request.on('error', () => resolve(false))
  })
}

async function waitForPort(recipe: Recipe, child: ChildProcess, output: string): Promise<number> {
  const announcement =
    recipe.announces === undefined ? undefined : new RegExp(`${recipe.announces} started on \\S*?:(\\d+)`)
  let spawnProblem: Error | undefined
  child.once('error', (error) => {
    spawnProblem = error
  })
  const untilMs = performance.now() + UP_WITHIN_MS
  while (performance.now() < untilMs) {
    await wait(LOOK_EVERY_MS)
    const words = readFileSync(output, 'utf8')
    if (spawnProblem !== undefined) throw new Error(`${recipe.name}: ${spawnProblem.message}`)
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${recipe.name} ended while starting:\n${words.slice(-LAST_WORDS_CHARACTERS)}`)
    }
    if (recipe.port !== undefined && (await answers(recipe.port))) return recipe.port
    const port = announcement?.exec(words)?.[1]
    if (port !== undefined) return Number(port)
  }
  const words = readFileSync(output, 'utf8').slice(-LAST_WORDS_CHARACTERS)
  throw new Error(`${recipe.name} was not up within ${UP_WITHIN_MS} ms:\n${words}`)
}
