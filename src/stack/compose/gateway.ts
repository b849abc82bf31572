// The gateway as a service of the compose file.
import { printDuration } from '../../core/units.ts'
import { DATA_FOLDER, HOST_NAME, type GatewayFile } from '../gateway-file/gateway-file.ts'
import { POSTGRES, REDIS } from '../gateway-file/surroundings.ts'
import type { StackInput } from '../stack.ts'
import { toGatewayImage } from './images.ts'
import { after, toService, type Service } from './service.ts'

/** As the Dockerfile has it. */
export const GATEWAY_USER = '10001:10001'
/** Writing what is still held takes four seconds at most; the rest is for a slow disk. */
const SPARE_STOP_MS = 10_000
const OPEN_FILES = 65_536

export function toGatewayService({ config, version }: StackInput, file: GatewayFile): Service {
  const { surroundings, port, secrets } = file
  const stores = [...(surroundings.redis ? [REDIS] : []), ...(surroundings.postgres ? [POSTGRES] : [])]
  const hasModels = surroundings.ollamas.length > 0 || surroundings.isOllamaAssumed
  return toService(
    {
      image: toGatewayImage(version),
      user: GATEWAY_USER,
      memory: '1g',
      networks: ['front', 'back', ...(hasModels ? ['models'] : []), ...(stores.length > 0 ? ['state'] : [])],
      check: toHealthQuestion(port),
    },
    {
      command: ['serve', '-c', '/etc/weir/weir.yaml'],
      stop_grace_period: printDuration(config.gateway.server.drain + SPARE_STOP_MS),
      ulimits: { nofile: OPEN_FILES },
      ports: [`\${WEIR_BIND:-127.0.0.1}:\${WEIR_PORT:-${port}}:${port}`],
      ...(needsHost(file) ? { extra_hosts: [`${HOST_NAME}:host-gateway`] } : {}),
      ...(secrets.length > 0 ? { secrets } : {}),
      volumes: ['./weir:/etc/weir:ro', `weir-data:${DATA_FOLDER}`],
      ...after(...stores),
    },
  )
}

/** The image has no shell worth the name and no curl; it has Node. */
function toHealthQuestion(port: number): readonly string[] {
  const ask = `fetch('http://127.0.0.1:${port}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`
  return ['CMD', 'node', '-e', ask]
}

export function needsHost({ text }: GatewayFile): boolean {
  return text.includes(HOST_NAME)
}
