// What stands beside the gateway because its configuration looks for it on its own machine: Ollama, Redis, PostgreSQL.
import type { Config } from '../../config/resolve.ts'
import { toLoopbackUrl } from './loopback.ts'

export interface Neighbour {
  /** The name of its service. */
  readonly service: string
  /** The backend that it is, by its place in the list. */
  readonly backend: number
}

export interface Surroundings {
  readonly ollamas: readonly Neighbour[]
  /** No backend is configured: an Ollama is put beside the gateway, as it would look for one. */
  readonly isOllamaAssumed: boolean
  readonly redis: boolean
  readonly postgres: PostgresPlace | undefined
}

export interface PostgresPlace {
  readonly user: string
  readonly database: string
}

export const OLLAMA = 'ollama'
export const OLLAMA_PORT = 11434
export const REDIS = 'redis'
export const REDIS_PORT = 6379
export const POSTGRES = 'postgres'
export const POSTGRES_PORT = 5432
/** The file with the password of the database that is started in the stack. */
export const POSTGRES_SECRET = 'postgres-password'

export function toSurroundings(config: Config): Surroundings {
  const { backends } = config.gateway
  const local = [...backends.entries()].filter(
    ([, { kind, url }]) => kind === 'ollama' && toLoopbackUrl(url) !== undefined,
  )
  const { store } = config.records
  const database = store.kind === 'postgres' ? toLoopbackUrl(store.secret.reveal()) : undefined
  const state = config.limits.state?.url.secret.reveal()
  return {
    ollamas: local.map(([backend], at) => ({ service: at === 0 ? OLLAMA : `${OLLAMA}-${at + 1}`, backend })),
    isOllamaAssumed: backends.length === 0,
    redis: state !== undefined && toLoopbackUrl(state) !== undefined,
    postgres: database === undefined ? undefined : toPostgresPlace(database),
  }
}

function toPostgresPlace({ username, pathname }: URL): PostgresPlace {
  const user = username === '' ? 'weir' : decodeURIComponent(username)
  const database = decodeURIComponent(pathname.slice(1))
  return { user, database: database === '' ? user : database }
}
