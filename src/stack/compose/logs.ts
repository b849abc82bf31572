// Loki, the shipper that reads the gateway's log, and the guard between it and Docker, as services of the compose file.
import { USUAL_PORTS } from '../places.ts'
import { IMAGES } from './images.ts'
import { after, toService, type Service } from './service.ts'

const LOKI_USER = '10001:10001'
const ALLOY_USER = '473:473'
export const DOCKER_API = 'docker-api'
export const DOCKER_API_PORT = 2375
const ALLOY_PORT = 12345

/** The image has no shell and no other program: Loki asks itself, from 3.7 on. It is not ready for its first quarter of a minute. */
export function toLokiService(): Service {
  const check = ['/usr/bin/loki', '-health', `-health.url=http://127.0.0.1:${USUAL_PORTS.loki}/ready`]
  return toService(
    {
      ...{ image: IMAGES.loki, user: LOKI_USER, memory: '1g', networks: ['back'] },
      check: ['CMD', ...check],
      startPeriod: '1m',
    },
    {
      command: ['-config.file=/etc/loki/loki.yaml'],
      volumes: ['./loki:/etc/loki:ro', 'loki-data:/loki'],
    },
  )
}

export function toAlloyService(): Service {
  return toService(
    {
      ...{ image: IMAGES.alloy, user: ALLOY_USER, memory: '512m', networks: ['back', 'docker'] },
      check: askWithBash(ALLOY_PORT, '/-/ready'),
    },
    {
      command: [
        'run',
        `--server.http.listen-addr=127.0.0.1:${ALLOY_PORT}`,
        '--storage.path=/var/lib/alloy/data',
        '--disable-reporting',
        '/etc/alloy/config.alloy',
      ],
      volumes: ['./alloy:/etc/alloy:ro', 'alloy-data:/var/lib/alloy/data'],
      ...after(DOCKER_API),
    },
  )
}

/** Ubuntu without wget, but bash opens connections by itself. */
function askWithBash(port: number, path: string): readonly string[] {
  const ask = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; grep -q ' 200 ' <&3`
  return ['CMD', 'bash', '-c', ask]
}

/** Reading logs and the list of containers: nothing that starts, stops, enters or changes one. */
const ALLOWED = [
  '/_ping',
  '/version',
  '/info',
  '/containers/json',
  '/containers/[a-f0-9]+/(json|logs)',
  '/networks',
]

export function toDockerApiService(): Service {
  return toService(
    {
      ...{ image: IMAGES.dockerApi, memory: '64m', networks: ['docker'] },
      user: '65534:${DOCKER_GID:?the group of /var/run/docker.sock, see .env.example}',
      check: ['CMD', './healthcheck'],
    },
    {
      command: [
        '-loglevel=warn',
        '-listenip=0.0.0.0',
        `-proxyport=${DOCKER_API_PORT}`,
        '-allowfrom=alloy',
        `-allowGET=(/v1\\.[0-9]+)?(${ALLOWED.join('|')})`,
        '-allowHEAD=/_ping',
        '-allowhealthcheck',
      ],
      volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro'],
    },
  )
}
