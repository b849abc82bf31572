// What stands beside the gateway where its configuration looks for it on its own machine: Ollama, Redis, PostgreSQL.
import { POSTGRES_SECRET, type PostgresPlace } from '../gateway-file/surroundings.ts'
import { SECRETS_FOLDER } from '../gateway-file/secret-names.ts'
import { IMAGES } from './images.ts'
import { toService, type Service } from './service.ts'

/** The users of the images. */
const REDIS_USER = '999:999'
const POSTGRES_USER = '999:999'

export function toOllamaService(service: string): Service {
  return toService(
    {
      ...{ image: IMAGES.ollama, user: undefined, memory: undefined, networks: ['models'] },
      check: ['CMD', 'ollama', 'list'],
    },
    { volumes: [`${service}-models:/root/.ollama`] },
  )
}

/** Budgets must outlive it. Nobody but the gateway is on its network, which is why it asks for no password. */
export function toRedisService(): Service {
  return toService(
    {
      ...{ image: IMAGES.redis, user: REDIS_USER, memory: '512m', networks: ['state'] },
      check: ['CMD', 'valkey-cli', 'ping'],
    },
    {
      command: ['valkey-server', '--appendonly', 'yes', '--save', ''],
      volumes: ['redis-data:/data'],
    },
  )
}

export function toPostgresService({ user, database }: PostgresPlace): Service {
  return toService(
    {
      ...{ image: IMAGES.postgres, user: POSTGRES_USER, memory: '1g', networks: ['state'] },
      check: ['CMD', 'pg_isready', '-q', '-h', '127.0.0.1', '-U', literal(user), '-d', literal(database)],
      startPeriod: '1m',
    },
    {
      environment: {
        POSTGRES_USER: literal(user),
        POSTGRES_DB: literal(database),
        POSTGRES_PASSWORD_FILE: `${SECRETS_FOLDER}/${POSTGRES_SECRET}`,
      },
      tmpfs: ['/tmp:noexec,nosuid,nodev,size=64m,mode=1777', '/var/run/postgresql:nosuid,nodev,mode=1777'],
      secrets: [POSTGRES_SECRET],
      volumes: ['postgres-data:/var/lib/postgresql/data'],
    },
  )
}

/** `$` begins a variable in a compose file. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}
