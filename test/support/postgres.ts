// A real PostgreSQL server for tests: a cluster of its own in a folder that goes, on a free port, ended with the test.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { Client } from 'pg'
import { componentOrSkip } from './component.ts'
import { findFreePort } from './free-port.ts'
import { until } from './weir.ts'

export interface PostgresServer {
  readonly port: number
  /** An empty database of its own for each call. */
  createDatabase(): Promise<string>
  /** The same database through another port, for a proxy between. */
  through(url: string, port: number): string
  query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
  /** On the same port, with the data it had. */
  start(): Promise<void>
  /** Stops every process of it without closing anything: a black hole. */
  freeze(): void
  thaw(): void
}

const USER = 'postgres'
/** What only the loss of the whole machine would need. What was committed must outlive `kill`. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB']

/** Undefined where there is no PostgreSQL: the test was skipped then. */
export async function startPostgres(context: TestContext): Promise<PostgresServer | undefined> {
  const found = componentOrSkip(context, 'postgres')
  return found === undefined ? undefined : startServer(found, (stop) => context.after(stop))
}

/** One server for all tests of a file, each with a database of its own. To be called once, outside of a test. */
export function sharePostgres(): typeof startPostgres {
  let server: Promise<PostgresServer> | undefined
  let stop: (() => Promise<void>) | undefined
  after(() => stop?.())
  return async (context) => {
    const found = componentOrSkip(context, 'postgres')
    if (found === undefined) return undefined
    return (server ??= startServer(found, (given) => (stop = given)))
  }
}

type OnEnd = (stop: () => Promise<void>) => void

async function startServer(found: string, onEnd: OnEnd): Promise<PostgresServer> {
  const binary = realpathSync(found)
  const owner = findOwner()
  const folder = mkdtempSync(join(tmpdir(), 'weir-postgres-'))
  if ('uid' in owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const initdb = join(dirname(binary), 'initdb')
  const made = ['-D', data, '-A', 'trust', '-U', USER, '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(initdb, made, { ...owner, cwd: folder, stdio: 'ignore' })
  return open({ binary, data, folder, owner, port: await findFreePort() }, onEnd)
}

interface Cluster {
  readonly binary: string
  readonly data: string
  readonly folder: string
  readonly owner: Owner
  readonly port: number
}

async function open(cluster: Cluster, onEnd: OnEnd): Promise<PostgresServer> {
  const { binary, data, folder, owner, port } = cluster
  const settings = [`listen_addresses=127.0.0.1`, `unix_socket_directories=${folder}`, ...FLAGS]
  const root = `postgres://${USER}@127.0.0.1:${port}/postgres`
  let child: ChildProcess | undefined
  let databases = 0

  const start = async (): Promise<void> => {
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
    child = spawn(binary, args, { ...owner, cwd: folder, stdio: 'ignore' })
    await until(() => query(root, 'select 1').then(Boolean, () => false), 'PostgreSQL', PATIENCE_MS)
  }
  const signal = (name: NodeJS.Signals): void => {
    const main = child?.pid
    if (main === undefined) return
    for (const pid of [main, ...childrenOf(main)]) {
      try {
        process.kill(pid, name)
      } catch {
        // It ended between the list and the signal.
      }
    }
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    signal('SIGCONT')
    // Immediate shutdown: nothing is written, and no process of it is left behind.
    child.kill('SIGQUIT')
    await gone
  }
  onEnd(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    port,
    async createDatabase() {
      const name = `weir_${(databases += 1)}`
      await query(root, `create database ${name}`)
      return `postgres://${USER}@127.0.0.1:${port}/${name}`
    },
    through: (url, other) => url.replace(`:${port}/`, `:${other}/`),
    ...{ query, kill, start },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

const PATIENCE_MS = 20_000

async function query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}

type Owner = { readonly uid: number; readonly gid: number } | Readonly<Record<string, never>>

/** The server refuses to run as root: Debian's package brings a user for it. */
function findOwner(): Owner {
  if (process.getuid?.() !== 0) return {}
  const ask = (flag: string): number => Number(spawnSync('id', [flag, USER], { encoding: 'utf8' }).stdout)
  return { uid: ask('-u'), gid: ask('-g') }
}

/** Each process of the server is a session of its own, so that no signal reaches them all. */
function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program stands in brackets, and may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
