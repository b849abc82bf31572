// The log goes to a disk that is full: requests are served as ever, what could not be written is counted to the line, and
// when there is room again the log goes on.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { until } from '../support/weir.ts'
import { callers, judge } from './callers.ts'
import { talk, toRequest } from './wire.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const REQUESTS = 120
const AT_ONCE = 20
/** POSIX counts files in blocks of 512 bytes. */
const BLOCKS_PER_KIB = 2
/** Enough for the lines of the start and some of requests, not for those of all. */
const ROOM_KIB = 32

let simulator: Simulator
let url: string
before(async () => {
  simulator = createSimulator({ outputTokens: 4, recordRequests: false })
  url = (await simulator.listen()).url
})
after(() => simulator.close())

interface Logging {
  readonly port: number
  readonly metricsPort: number
  requestLines(): number
  dropped(): Promise<number>
  stop(): Promise<number | null>
}

/** A gateway whose log is this file. `limits` is a line of shell in front of its start. */
async function startLogging(file: string, limits = 'true'): Promise<Logging> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-disk-'))
  const config = join(folder, 'weir.yaml')
  const free = { listen: '127.0.0.1:0', metrics: { listen: '127.0.0.1:0' }, data: './data' }
  writeFileSync(config, stringify({ ...free, backends: [{ name: 'sim', url, kind: 'simulator' }] }))
  const log = openSync(file, 'a')
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_')))
  const serve = [process.execPath, 'src/main.ts', 'serve', '-c', config, '--log-format', 'json']
  const child: ChildProcess = spawn('sh', ['-c', `${limits} && exec "$0" "$@"`, ...serve], {
    cwd: ROOT,
    env,
    stdio: ['ignore', log, 'inherit'],
  })
  closeSync(log)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const text = (): string => readFileSync(file, 'utf8')
  const portIn = (start: string): number =>
    Number(new RegExp(`"${start}[^"]*:(\\d+)"`).exec(text())?.[1] ?? 0)
  await until(() => portIn('gateway started') > 0 && portIn('metrics server started') > 0, 'the start')
  const metricsPort = portIn('metrics server started')
  return {
    port: portIn('gateway started'),
    metricsPort,
    requestLines: () =>
      text()
        .split('\n')
        .filter((line) => line.endsWith('}') && line.includes('"msg":"request"')).length,
    async dropped() {
      const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      return sumOf(page, 'weir_records_dropped_total')
    },
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      rmSync(folder, { recursive: true })
      return code
    },
  }
}

async function ask(port: number): Promise<void> {
  const caller = callers[Math.floor(Math.random() * callers.length)]!
  const headers = { ...caller.headers, connection: 'close' }
  const conversation = await talk(port, toRequest({ path: caller.path, body: caller.toBody('hi'), headers }))
  assert.deepEqual(judge(caller, conversation), { kind: 'complete' })
}

async function askMany({ port }: Logging): Promise<void> {
  for (let asked = 0; asked < REQUESTS; asked += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => ask(port)))
  }
}

async function assertServesWithoutRoom(gateway: Logging): Promise<void> {
  await askMany(gateway)
  const sum = async (): Promise<number> => gateway.requestLines() + (await gateway.dropped())
  await until(async () => (await sum()) >= REQUESTS, 'every line, written or counted')
  assert.equal(await sum(), REQUESTS, 'and none of them twice')
  assert.ok((await gateway.dropped()) > 0, 'there was no room for all of them')
  assert.ok(gateway.requestLines() > 0, 'there was room for some')
  const ready = await talk(
    gateway.port,
    toRequest({ method: 'GET', path: '/readyz', headers: { connection: 'close' } }),
  )
  assert.equal(ready.answers[0]?.status, 200)
}

test('a file that may not grow loses lines, no request, and counts what it loses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-log-'))
  const gateway = await startLogging(join(folder, 'weir.log'), `ulimit -f ${ROOM_KIB * BLOCKS_PER_KIB}`)
  try {
    await assertServesWithoutRoom(gateway)
  } finally {
    assert.equal(await gateway.stop(), 0)
    rmSync(folder, { recursive: true })
  }
})

test('a full disk does the same, and the log goes on when there is room again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-full-'))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_KIB}k`, 'tmpfs', disk])
  if (status !== 0) {
    rmSync(folder, { recursive: true })
    t.skip('SKIPPED: a disk of 32 KiB: only root may mount one')
    return
  }
  const file = join(disk, 'weir.log')
  try {
    const gateway = await startLogging(file)
    try {
      await assertServesWithoutRoom(gateway)
      const dropped = await gateway.dropped()
      truncateSync(file, 0)
      for (let i = 0; i < 5; i += 1) await ask(gateway.port)
      await until(() => gateway.requestLines() === 5, 'new lines')
      assert.equal(await gateway.dropped(), dropped)
    } finally {
      assert.equal(await gateway.stop(), 0)
    }
  } finally {
    spawnSync('umount', [disk])
    rmSync(folder, { recursive: true })
  }
})
