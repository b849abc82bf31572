// nginx as a target: the smallest configuration that streams, in a directory of its own. Nothing of the system's configuration is read.
import { accessSync, constants, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import type { Running } from './nursery.ts'
import type { Surroundings, Target } from './target.ts'

const NAME = 'nginx'
/** It cannot choose a free port by itself; between our choice and its start another process may take it. */
const START_ATTEMPTS = 3
/** Debian keeps it where only root's PATH looks. */
const ALSO_IN = ['/usr/sbin', '/usr/local/sbin']

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Looks in a PATH and the places of system programs. */
export function findBinary(searchPath: string): string | undefined {
  const directories = [...searchPath.split(path.delimiter).filter((part) => part !== ''), ...ALSO_IN]
  return directories.map((directory) => path.join(directory, NAME)).find(isProgram)
}

async function findFreePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export interface NginxPlace {
  readonly directory: string
  readonly port: number
  /** `host:port` of the stub. */
  readonly upstream: string
  /** A master that is root makes its worker nobody, who may not enter our directory. */
  readonly asRoot: boolean
}

export function toNginxConfig({ directory, port, upstream, asRoot }: NginxPlace): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `  ${kind}_temp_path ${directory}/${kind};`)
    .join('\n')
  return `${asRoot ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
${temporary}
  client_body_buffer_size 64k;
  keepalive_requests 1000000000;
  upstream stub {
    server ${upstream};
    keepalive 2048;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location / {
      proxy_pass http://stub;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`
}

async function startOnce(binary: string, { nursery, upstream }: Surroundings): Promise<Running> {
  const port = await findFreePort()
  const directory = nursery.createDirectory('nginx-files')
  const file = path.join(directory, 'nginx.conf')
  const asRoot = process.getuid?.() === 0
  writeFileSync(file, toNginxConfig({ directory, port, upstream: new URL(upstream).host, asRoot }))
  return nursery.start({
    name: NAME,
    role: 'proxy',
    command: binary,
    args: ['-p', directory, '-c', file],
    port,
  })
}

/** `binary` is empty where there is none. */
export function createNginxTarget(binary = findBinary(process.env['PATH'] ?? '') ?? ''): Target {
  return {
    name: NAME,
    what: 'nginx, one worker, buffering off',
    absence: () =>
      binary === '' ? 'nginx is not installed (on Debian: apt-get install nginx-light)' : undefined,
    start: async (surroundings) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await startOnce(binary, surroundings)
        } catch (error) {
          const taken = error instanceof Error && error.message.includes('Address already in use')
          if (!taken || attempt === START_ATTEMPTS) throw error
        }
      }
    },
  }
}
