// A real Alertmanager for one test: on a port of its own, alone, in a folder that goes with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stringify } from 'yaml'
import { componentOrSkip } from './component.ts'
import { findFreePort } from './free-port.ts'
import { until } from './weir.ts'

export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
  readonly status: { readonly state: string }
}

export interface Alertmanager {
  readonly url: string
  /** Those that hold now. */
  alerts(): Promise<readonly HeldAlert[]>
  /** Its own count of what it sent to webhooks; 0 before it has sent anything. */
  counted(metric: string): Promise<number>
  post(alerts: readonly unknown[]): Promise<void>
}

/** Undefined where there is none: the test was skipped then. */
export async function startAlertmanager(
  context: TestContext,
  written: Readonly<Record<string, unknown>> = { route: { receiver: 'none' }, receivers: [{ name: 'none' }] },
): Promise<Alertmanager | undefined> {
  const binary = componentOrSkip(context, 'alertmanager')
  if (binary === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'weir-alertmanager-'))
  const file = join(folder, 'alertmanager.yml')
  writeFileSync(file, stringify(written))
  const url = `http://127.0.0.1:${await findFreePort()}`
  const child = spawn(
    binary,
    [
      ...[`--config.file=${file}`, `--storage.path=${folder}`, `--web.listen-address=${new URL(url).host}`],
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  context.after(async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true })
  })
  const ask = async (path: string): Promise<Response> => fetch(`${url}${path}`)
  await until(async () => (await ask('/-/ready').catch(() => undefined))?.ok === true, 'Alertmanager')
  return {
    url,
    alerts: async () => (await (await ask('/api/v2/alerts')).json()) as HeldAlert[],
    async counted(metric) {
      const page = await (await ask('/metrics')).text()
      const [line] = page.split('\n').filter((each) => each.startsWith(metric) && each.includes('"webhook"'))
      return Number(line?.split(' ').at(-1) ?? 0)
    },
    async post(alerts) {
      await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      })
    },
  }
}
