// Real reverse proxies in front of the gateway, configured by the very text of the guide: a page that is wrong fails a test.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../support/free-port.ts'
import { until } from '../../support/weir.ts'

const GUIDE = join(import.meta.dirname, '../../../docs/guide/reverse-proxy.md')
/** As the guide has them. */
const GUIDE_UPSTREAM = '127.0.0.1:18789'
const GUIDE_PORT = '8080'
const START_WITHIN_MS = 10_000

export interface Proxy {
  readonly port: number
  stop(): Promise<void>
}

/** The one block of the guide in this language. */
export function snippetOf(language: string): string {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
  const found = blocks.filter((block) => block[1] === language).map((block) => block[2] ?? '')
  assert.equal(found.length, 1, `the guide has one block of ${language}`)
  return found[0] ?? ''
}

function aimed(snippet: string, { port, upstreamPort }: { port: number; upstreamPort: number }): string {
  assert.ok(snippet.includes(GUIDE_UPSTREAM) && snippet.includes(GUIDE_PORT))
  return snippet.replaceAll(GUIDE_UPSTREAM, `127.0.0.1:${upstreamPort}`).replaceAll(GUIDE_PORT, String(port))
}

export async function startNginx(binary: string, upstreamPort: number): Promise<Proxy> {
  const port = await findFreePort()
  const folder = mkdtempSync(join(tmpdir(), 'weir-nginx-'))
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = [
    // A master that is root would make its workers nobody, who may not enter our folder.
    process.getuid?.() === 0 ? 'user root;' : '',
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;`,
    'events { worker_connections 1024; }',
    'http {',
    'access_log off;',
    ...kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`),
    aimed(snippetOf('nginx'), { port, upstreamPort }),
    '}',
  ]
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, config.join('\n'))
  return start({ binary, args: ['-p', folder, '-c', file, '-e', 'stderr'], folder, port })
}

export async function startCaddy(binary: string, upstreamPort: number): Promise<Proxy> {
  const port = await findFreePort()
  const folder = mkdtempSync(join(tmpdir(), 'weir-caddy-'))
  const file = join(folder, 'Caddyfile')
  // Its own port for administration, and its home, are not ours to take.
  writeFileSync(file, `{\n\tadmin off\n}\n${aimed(snippetOf('caddyfile'), { port, upstreamPort })}`)
  const home = join(folder, 'home')
  mkdirSync(home)
  return start({
    ...{ binary, folder, port },
    args: ['run', '--config', file, '--adapter', 'caddyfile'],
    env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
  })
}

interface Starting {
  readonly binary: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly folder: string
  readonly port: number
}

async function start({ binary, args, env, folder, port }: Starting): Promise<Proxy> {
  const child = spawn(binary, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  }
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      hasEnded = true
      resolve()
    })
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until(async () => hasEnded || (await isAnswered(port)), 'the proxy to start', START_WITHIN_MS)
    assert.equal(hasEnded, false, said)
    return { port, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

function isAnswered(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
