// What every service of the compose file has in common: who it runs as, what it may not do, how it is watched.

export type Service = Readonly<Record<string, unknown>>

export interface Hardening {
  readonly image: string
  /** `uid:gid` as numbers; undefined only where the image must choose, with the reason in EXCEPTIONS. */
  readonly user: string | undefined
  /** Undefined where only its owner can know: a model server is as large as its models. */
  readonly memory: string | undefined
  readonly networks: readonly string[]
  /** Undefined where the image has no program that could ask. */
  readonly check?: readonly string[]
  /** How long the first answer may take. */
  readonly startPeriod?: string
}

/** As many bytes as a busy gateway writes in a day or two; without it a log fills the disk. */
const LOG_FILES = { driver: 'json-file', options: { 'max-size': '20m', 'max-file': '5' } }
/** Beyond any of these programs; a fork bomb ends here. */
const PROCESS_LIMIT = 1_024

export function toService(hardening: Hardening, more: Service): Service {
  const { image, user, memory, networks, check, startPeriod } = hardening
  return {
    image,
    restart: 'unless-stopped',
    ...(user === undefined ? {} : { user }),
    read_only: true,
    tmpfs: ['/tmp:noexec,nosuid,nodev,size=64m,mode=1777'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    ...(memory === undefined ? {} : { mem_limit: memory }),
    pids_limit: PROCESS_LIMIT,
    networks,
    ...more,
    ...(check === undefined ? {} : { healthcheck: toHealthCheck(check, startPeriod) }),
    logging: LOG_FILES,
  }
}

function toHealthCheck(test: readonly string[], startPeriod = '20s'): Service {
  return { test, interval: '15s', timeout: '5s', retries: 4, start_period: startPeriod }
}

/** The busybox inside the images of Prometheus and Grafana. */
export function askWithWget(url: string): readonly string[] {
  return ['CMD', 'wget', '-q', '-O', '/dev/null', url]
}

/** `depends_on`, by who must be healthy first. */
export function after(...services: readonly string[]): Service {
  if (services.length === 0) return {}
  return {
    depends_on: Object.fromEntries(services.map((name) => [name, { condition: 'service_healthy' }])),
  }
}

/**
 * Services that do not run as a user of their own, with the reason. The test of the compose file allows no other.
 */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  ollama:
    'Keeps its models below /root, in a volume that belongs to root; it has no capabilities and can gain none.',
  'gpu-exporter':
    'NVIDIA’s image chooses who it is: devices and driver files belong to whom the container toolkit says.',
}
