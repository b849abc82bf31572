// Loki and the shipper that brings it the gateway's log. Labels are few and known; what differs by request stays in the line.
import { DOCKER_API, DOCKER_API_PORT } from '../compose/logs.ts'
import { printYaml } from '../commented-yaml.ts'
import { LOG_LABELS, USUAL_PORTS } from '../places.ts'
import type { StackFile, StackInput } from '../stack.ts'

/** Longer than the four weeks in which somebody asks about a request. Whole days: Loki drops by the index of a day. */
const KEPT = '744h'
/** Loki sorts what comes late only within half of this. */
const OLDEST_ACCEPTED = '168h'
/** The day of the first table; any before the first line will do, and it must never change afterwards. */
const SCHEMA_FROM = '2024-04-01'

const FOLDERS = { compose: '/loki', files: '/var/lib/loki' } as const

export function renderLoki(input: StackInput): readonly StackFile[] {
  const { target } = input
  // Clusters have a way of their own for logs, and the gateway writes to standard output.
  if (target === 'kubernetes') return []
  return [
    { path: 'loki/loki.yaml', text: toLoki(target) },
    { path: 'alloy/config.alloy', text: toAlloy(input) },
  ]
}

function toLoki(target: 'compose' | 'files'): string {
  const folder = FOLDERS[target]
  const value = {
    auth_enabled: false,
    server: {
      http_listen_port: USUAL_PORTS.loki,
      ...(target === 'files' ? { http_listen_address: '127.0.0.1', grpc_listen_address: '127.0.0.1' } : {}),
      log_level: 'warn',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: folder,
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: `${folder}/chunks`, rules_directory: `${folder}/rules` } },
    },
    schema_config: {
      configs: [
        {
          ...{ from: SCHEMA_FROM, store: 'tsdb', object_store: 'filesystem', schema: 'v13' },
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    compactor: {
      working_directory: `${folder}/compactor`,
      retention_enabled: true,
      delete_request_store: 'filesystem',
    },
    limits_config: {
      retention_period: KEPT,
      reject_old_samples_max_age: OLDEST_ACCEPTED,
      allow_structured_metadata: true,
    },
    analytics: { reporting_enabled: false },
  }
  return printYaml(value, {
    header: 'The log of the gateway, in one process on one disk.',
    at: {
      auth_enabled: 'One tenant: nobody reaches it but the shipper and Grafana.',
      'compactor/retention_enabled': 'Off unless it is said, and then nothing is ever deleted.',
    },
    spaced: ['server', 'common', 'schema_config', 'compactor', 'limits_config', 'analytics'],
  })
}

function toAlloy({ target, places }: StackInput): string {
  const source = target === 'compose' ? fromDocker() : fromJournal()
  return `${ALLOY_HEADER}
${source}
${PROCESS}
loki.write "default" {
  endpoint {
    url = "${places.loki}/loki/api/v1/push"
  }
}
`
}

const ALLOY_HEADER = `// Reads the log of the gateway, a JSON object a line, and brings it to Loki.
`

const LABELS = Object.entries(LOG_LABELS)
  .map(([name, value]) => `${name} = "${value}"`)
  .join(', ')

function fromDocker(): string {
  const host = `tcp://${DOCKER_API}:${DOCKER_API_PORT}`
  return `discovery.docker "gateway" {
  host             = "${host}"
  refresh_interval = "15s"

  filter {
    name   = "label"
    values = ["com.docker.compose.project=weir", "com.docker.compose.service=weir"]
  }
}

discovery.relabel "gateway" {
  targets = discovery.docker.gateway.targets

  // Which of several gateways wrote a line.
  rule {
    source_labels = ["__meta_docker_container_name"]
    regex         = "/?(.*)"
    target_label  = "instance"
  }
}

loki.source.docker "gateway" {
  host       = "${host}"
  targets    = discovery.relabel.gateway.output
  labels     = { ${LABELS} }
  forward_to = [loki.process.gateway.receiver]
}
`
}

function fromJournal(): string {
  return `loki.source.journal "gateway" {
  matches    = "_SYSTEMD_UNIT=weir.service"
  labels     = { ${LABELS} }
  forward_to = [loki.process.gateway.receiver]
}
`
}

/** A label for each value of a field would be a stream for each; the id of a request belongs beside the line. */
const PROCESS = `loki.process "gateway" {
  forward_to = [loki.write.default.receiver]

  stage.json {
    expressions = { level = "level", request_id = "request_id", time = "time" }
  }

  stage.timestamp {
    source            = "time"
    format            = "RFC3339Nano"
    action_on_failure = "skip"
  }

  // Four values, and what people filter by first.
  stage.labels {
    values = { level = "" }
  }

  // No label: one for each request would be a stream for each.
  stage.structured_metadata {
    values = { request_id = "" }
  }
}
`
