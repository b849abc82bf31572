// What people read and fill in before they start the compose file: README.md, .env.example, .gitignore.
import { toBridged } from '../alertmanager/alertmanager.ts'
import { HOST_NAME, type GatewayFile } from '../gateway-file/gateway-file.ts'
import { toMoveList } from '../gateway-file/move-list.ts'
import { OLLAMA } from '../gateway-file/surroundings.ts'
import { hasTraces } from '../grafana/provision.ts'
import type { StackInput } from '../stack.ts'

export interface ComposeSecret {
  /** Of its file below `secrets`. */
  readonly name: string
  /** A sentence for who fills it. */
  readonly holds: string
}

export function toEnvironmentExample({ version, config }: StackInput, { port }: GatewayFile): string {
  return `# Copy to .env and fill in. Nothing here has a default that lets anybody in.

# Of the user "admin". A good one: openssl rand -base64 24
GRAFANA_ADMIN_PASSWORD=

# The group that may read /var/run/docker.sock, for the log: stat -c %g /var/run/docker.sock
DOCKER_GID=

# The image of the gateway, if it is not the one you built.
#WEIR_IMAGE=weir:${version}

# Where callers and browsers connect. Others than this machine should come through a reverse proxy that speaks TLS.
#WEIR_BIND=127.0.0.1
#WEIR_PORT=${port}
#GRAFANA_BIND=127.0.0.1
#GRAFANA_PORT=3000
#GRAFANA_URL=https://grafana.example.com/
${hasTraces(config) ? TRACES : ''}`
}

const TRACES = `
# Where Grafana asks for the traces that otlp.url takes: a Tempo, as its container reaches it.
#TEMPO_URL=http://tempo:3200
`

export function toIgnoreFile(): string {
  return '# What must not end up in a repository.\n.env\nsecrets/\n'
}

export function toReadme(input: StackInput, file: GatewayFile, secrets: readonly ComposeSecret[]): string {
  const sections = [
    INTRODUCTION,
    toFirstSteps(input.version, secrets.length > 0),
    toSecretsSection(secrets),
    toKeysSection(input, file),
    toModelsSection(file),
    toMoveList(file),
    toBridgeSection(input),
    DAILY,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

const INTRODUCTION = `# Weir with Docker Compose

Gateway, Prometheus, Alertmanager, Grafana, Loki and what they need, written by \`weir stack init\` from one configuration.
Change \`weir.yaml\`, then run the command again: it tells what it would change, and keeps what you edited here.`

function toFirstSteps(version: string, hasSecrets: boolean): string {
  const steps = [
    `Build the image, once for each version, in a checkout of Weir: \`docker build -t weir:${version} .\`
   Or name one from your registry in \`.env\`: \`WEIR_IMAGE=registry.example.com/weir:${version}\`.`,
    '`cp .env.example .env`, and fill in the two lines that are empty. Nothing starts without them.',
    ...(hasSecrets ? ['Make the secrets below.'] : []),
    '`docker compose up -d`, then `docker compose ps`: every service becomes healthy within a minute or two.',
  ]
  return `## Before the first start\n\n${steps.map((step, at) => `${at + 1}. ${step}`).join('\n')}`
}

function toSecretsSection(secrets: readonly ComposeSecret[]): string {
  if (secrets.length === 0) return ''
  const rows = secrets.map(({ name, holds }) => `- \`secrets/${name}\`: ${holds}`)
  return `## Secrets

No secret is in these files. Each is a file that you make, without a line break too many:

${rows.join('\n')}

The programs run as users of their own and must be able to read them, other people on this machine must not: close the
folder, not the files (\`chmod 700 secrets; chmod 444 secrets/*\`).`
}

function toKeysSection({ config }: StackInput, { port }: GatewayFile): string {
  if (config.access.auth === 'none')
    return `## Keys

\`auth: none\` is configured: whoever reaches port ${port} is served.`
  return `## Keys

Inside a container no caller comes from the same machine, so callers need keys:

\`\`\`sh
docker compose exec weir weir keys create --name me --data-dir /data
curl http://127.0.0.1:${port}/v1/models -H 'Authorization: Bearer THE_KEY'
\`\`\``
}

function toModelsSection({ surroundings: { ollamas, isOllamaAssumed } }: GatewayFile): string {
  const services = isOllamaAssumed ? [OLLAMA] : ollamas.map(({ service }) => service)
  const [first] = services
  if (first === undefined) return ''
  const pulls = services.map((service) => `docker compose exec ${service} ollama pull qwen3:4b`)
  return `## Models

Ollama runs in the stack and begins without a model:

\`\`\`sh
${pulls.join('\n')}
\`\`\`

On a GPU, with NVIDIA's container toolkit: \`docker compose -f compose.yaml -f compose.gpu.yaml --profile gpu up -d\`.
To use an Ollama that runs on the machine itself, let it listen where containers reach it, and write
\`url: http://${HOST_NAME}:11434\` in your \`weir.yaml\`.`
}

function toBridgeSection(input: StackInput): string {
  const bridged = toBridged(input)
  if (bridged.length === 0 || input.config.alerting.bridge.token !== undefined) return ''
  return `## Alertmanager and the gateway

Alertmanager reaches ${bridged.map((name) => `\`${name}\``).join(', ')} through the gateway, which serves callers from
other containers only with a token. Set \`alerts.bridge.token\` in your \`weir.yaml\`, and write the stack again.`
}

const DAILY = `## Every day

- Grafana is at http://127.0.0.1:3000, user \`admin\`. Prometheus, Alertmanager and Loki are reached through it only.
- A change of \`weir/weir.yaml\` is read by the running gateway. Rules: \`docker compose kill -s HUP prometheus\`.
- The log: \`docker compose logs -f weir\`, or Loki in Grafana.
- Volumes hold what must survive: back up \`weir_weir-data\`, and where they are there \`weir_postgres-data\` and \`weir_redis-data\`.
- To be reached from elsewhere, put a reverse proxy with TLS in front: \`reverse-proxy/\` has one for nginx and one for Caddy.`
