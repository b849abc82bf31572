// A real Prometheus with its own configuration and data in a temporary folder, and questions to it in PromQL.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { until, type Written } from '../../support/weir.ts'

const START_WITHIN_MS = 15_000

export interface Target {
  readonly health: string
  readonly labels: Readonly<Record<string, string>>
  readonly lastError: string
}

export interface Prometheus {
  readonly url: string
  /** The one value of an instant query; undefined when it has no data. Fails when there are several. */
  ask(query: string): Promise<number | undefined>
  targets(): Promise<readonly Target[]>
  close(): Promise<void>
}

/** `binary` is where the program is; `config` its configuration file; `flags` what only flags can say. */
export async function startPrometheus(
  binary: string,
  config: Written,
  flags: readonly string[] = [],
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-prometheus-'))
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      ...flags,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const log: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => void log.push(chunk))
  const exit = once(child, 'close')
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}${path}`)
    assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`)
    return ((await answer.json()) as { data: unknown }).data
  }
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exit
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until(() => isReady(address), `Prometheus: ${Buffer.concat(log).toString()}`, START_WITHIN_MS)
  } catch (thrown) {
    await close()
    throw thrown
  }
  return {
    url: `http://${address}`,
    async ask(query) {
      const data = (await get(`/api/v1/query?query=${encodeURIComponent(query)}`)) as {
        result: { value: [number, string] }[]
      }
      assert.ok(data.result.length <= 1, `${query} has ${data.result.length} results`)
      const value = data.result[0]?.value[1]
      return value === undefined ? undefined : Number(value)
    },
    targets: async () => ((await get('/api/v1/targets')) as { activeTargets: Target[] }).activeTargets,
    close,
  }
}

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/-/ready`)).status === 200
  } catch {
    return false
  }
}

/** Prometheus does not say which port it got, so it is given one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}
