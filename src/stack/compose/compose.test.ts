import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DCLinter } from 'dclint'
import { parse } from 'yaml'
import { inputOf, RICH } from '../fixtures/deploy-input.ts'
import { assertGolden } from '../fixtures/golden.ts'
import { renderStack } from '../parts.ts'
import type { StackFile } from '../stack.ts'
import { renderCompose } from './compose.ts'
import { IMAGES } from './images.ts'
import { EXCEPTIONS } from './service.ts'

interface ComposeService {
  readonly image: string
  readonly user?: string
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly ports?: readonly string[]
  readonly networks: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: unknown
  readonly depends_on?: Readonly<Record<string, unknown>>
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
}

const CONFIGURATIONS = { rich: RICH, bare: '{}' }

function composeOf(written: string): Compose {
  return parse(textOf(renderCompose(inputOf(written, 'compose')), 'compose.yaml')) as Compose
}

function textOf(files: readonly StackFile[], path: string): string {
  const file = files.find((each) => each.path === path)
  assert.ok(file, `${path} is written`)
  return file.text
}

function servicesOf(written: string): readonly (readonly [string, ComposeService])[] {
  return Object.entries(composeOf(written).services)
}

test('Grafana is told where traces are asked for, where spans are pushed', () => {
  const written = 'otlp: { url: "http://collector:4318" }'
  const { grafana } = composeOf(written).services
  assert.equal(grafana?.environment?.['TEMPO_URL'], '${TEMPO_URL:-}')
  const files = renderCompose(inputOf(written, 'compose'))
  assert.match(textOf(files, '.env.example'), /^#TEMPO_URL=/m)
  assert.equal(composeOf('{}').services['grafana']?.environment?.['TEMPO_URL'], undefined)
})

test('every service tells whether it is healthy, but for the one whose image has no program that could ask', () => {
  for (const written of Object.values(CONFIGURATIONS)) {
    const silent = servicesOf(written).filter(([, { healthcheck }]) => healthcheck === undefined)
    assert.deepEqual(
      silent.map(([name]) => name),
      ['gpu-exporter'],
    )
  }
})

test('a dollar in the name of a database begins no variable', () => {
  const { postgres } = composeOf('records: { store: "postgres://we%24ir:x@localhost/rec%24ords" }').services
  assert.equal(postgres?.environment?.['POSTGRES_USER'], 'we$$ir')
  assert.equal(postgres?.environment?.['POSTGRES_DB'], 'rec$$ords')
})

interface LintedFile {
  readonly messages: readonly { readonly rule: string; readonly message: string }[]
}

/** Its own types name files that TypeScript does not find. */
const Linter = DCLinter as unknown as new (config: object) => {
  lintFiles(paths: readonly string[], isRecursive: boolean): readonly LintedFile[]
}

/** What a linter that holds the schema of Compose says, one line a problem. */
function lint(text: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-compose-'))
  try {
    const path = join(folder, 'compose.yaml')
    writeFileSync(path, text)
    // Order and quotes are a matter of taste, ours is by meaning; and it does not see through variables in ports.
    const off = [
      'service-keys-order',
      'services-alphabetical-order',
      'service-dependencies-alphabetical-order',
      'no-unbound-port-interfaces',
      'require-quotes-in-ports',
    ]
    const rules = Object.fromEntries(off.map((rule) => [rule, 0 as const]))
    const linter = new Linter({ rules, quiet: false, debug: false, exclude: [] })
    const results = linter.lintFiles([path], false)
    return results.flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const [name, written] of Object.entries(CONFIGURATIONS)) {
  test(`the files for compose are as they were: ${name}`, () => {
    assertGolden(`compose.${name}.txt`, renderCompose(inputOf(written, 'compose')))
  })

  test(`the schema of Compose finds nothing wrong: ${name}`, () => {
    const files = renderCompose(inputOf(written, 'compose'))
    assert.deepEqual(lint(textOf(files, 'compose.yaml')), [])
  })
}

test('the schema of Compose finds a misspelt key', () => {
  const text = textOf(renderCompose(inputOf('{}', 'compose')), 'compose.yaml')
  assert.match(lint(text.replace('read_only:', 'readonly:')).join(), /invalid-schema/)
})

test('every service runs as a user of its own, read-only, and can gain no rights, or says why not', () => {
  for (const [name, service] of servicesOf(RICH)) {
    assert.equal(service.read_only, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.equal(service.cap_add, undefined, name)
    assert.equal(service.privileged, undefined, name)
    assert.ok(service.security_opt?.includes('no-new-privileges:true'), name)
    if (EXCEPTIONS[name.replace(/-\d+$/, '')] === undefined)
      assert.match(service.user ?? '', /^[1-9]\d*:/, name)
  }
})

test('nothing but the gateway and Grafana is published, and on this machine only', () => {
  const published = servicesOf(RICH).filter(([, { ports }]) => ports !== undefined)
  assert.deepEqual(
    published.map(([name]) => name),
    ['weir', 'grafana'],
  )
  for (const [name, { ports }] of published)
    assert.match(ports?.join() ?? '', /^\$\{[A-Z]+_BIND:-127\.0\.0\.1\}:/, name)
})

test('every image is pinned by its version', () => {
  for (const image of Object.values(IMAGES)) assert.match(image, /^[^:]+:v?\d+\.\d+/)
  for (const [name, { image }] of servicesOf(RICH)) assert.doesNotMatch(image, /latest/, name)
})

test('nobody gets in by a default password', () => {
  const files = renderCompose(inputOf(RICH, 'compose'))
  const { environment } = composeOf(RICH).services['grafana'] ?? assert.fail()
  assert.match(environment?.['GF_SECURITY_ADMIN_PASSWORD'] ?? '', /^\$\{GRAFANA_ADMIN_PASSWORD:\?.+\}$/)
  assert.match(textOf(files, '.env.example'), /^GRAFANA_ADMIN_PASSWORD=$/m)
  assert.match(textOf(files, '.gitignore'), /^\.env$[\s\S]*^secrets\/$/m)
  for (const [name, service] of servicesOf(RICH)) {
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD$|TOKEN$|SECRET$/.test(key)) assert.match(value, /^\$\{\w+:\?/, `${name} ${key}`)
    }
  }
})

test('Prometheus remembers longer than the longest objective, and takes nothing from outside', () => {
  const flags = composeOf(RICH).services['prometheus']?.command ?? []
  // A month has at most 31 days.
  assert.ok(flags.includes('--storage.tsdb.retention.time=36d'))
  assert.ok(!flags.some((flag) => /lifecycle|remote-write-receiver|otlp|admin-api/.test(flag)))
})

test('the stores that the configuration looks for on its machine are services that nobody but the gateway reaches', () => {
  const { services, networks } = composeOf(RICH)
  for (const store of ['redis', 'postgres']) assert.deepEqual(services[store]?.networks, ['state'])
  assert.equal(networks['state']?.internal, true)
  const reaching = Object.entries(services).filter((entry) => entry[1].networks.includes('state'))
  assert.deepEqual(
    reaching.map(([name]) => name),
    ['weir', 'redis', 'postgres'],
  )
  assert.deepEqual(Object.keys(services['weir']?.depends_on ?? {}), ['redis', 'postgres'])
})

test('a bare configuration has no store beside it, and an Ollama', () => {
  const names = servicesOf('{}').map(([name]) => name)
  assert.ok(!names.includes('redis') && !names.includes('postgres'))
  assert.ok(names.includes('ollama'))
})

test('without a model server of this machine there is none in the stack', () => {
  const written = '{ backends: [{ name: far, url: "http://gpu.example:8000", kind: vllm }] }'
  const files = renderCompose(inputOf(written, 'compose'))
  assert.ok(!files.some(({ path }) => path === 'compose.gpu.yaml'))
  assert.deepEqual(servicesOf(written)[0]?.[1].networks, ['front', 'back'])
  assert.doesNotMatch(textOf(files, 'README.md'), /ollama pull/)
})

test('the socket of Docker is in one service, which only the shipper of the log reaches', () => {
  const { services } = composeOf(RICH)
  const holding = Object.entries(services).filter(([, { volumes }]) =>
    volumes?.some((mount) => /docker\.sock/.test(mount)),
  )
  assert.deepEqual(
    holding.map(([name]) => name),
    ['docker-api'],
  )
  assert.deepEqual(services['docker-api']?.networks, ['docker'])
  assert.ok(
    !(services['docker-api']?.command ?? []).some((flag) => /allow(POST|PUT|DELETE|PATCH)/.test(flag)),
  )
})

test('what is mounted from the folder is written by the stack, and every volume is declared', () => {
  for (const written of Object.values(CONFIGURATIONS)) {
    const paths = renderStack(inputOf(written, 'compose')).map(({ path }) => path)
    const compose = composeOf(written)
    for (const [name, { volumes = [] }] of Object.entries(compose.services)) {
      for (const mount of volumes) {
        const [source = ''] = mount.split(':')
        const folder = source.replace(/^\.\//, '')
        if (source.startsWith('./'))
          assert.ok(
            paths.some((path) => path.startsWith(`${folder}/`)),
            `${name} ${mount}`,
          )
        else if (!source.startsWith('/')) assert.ok(source in compose.volumes, `${name} ${mount}`)
      }
    }
  }
})

test('every secret that a service has is declared, and told of in the page for people', () => {
  const { services, secrets = {} } = composeOf(RICH)
  const page = textOf(renderCompose(inputOf(RICH, 'compose')), 'README.md')
  const used = new Set(Object.values(services).flatMap((service) => service.secrets ?? []))
  assert.deepEqual([...used].toSorted(), Object.keys(secrets).toSorted())
  for (const [name, { file }] of Object.entries(secrets)) {
    assert.equal(file, `./secrets/${name}`)
    assert.ok(page.includes(`\`secrets/${name}\``), name)
  }
})

test('the page for people says that callers need keys, unless nobody does', () => {
  const pageOf = (written: string) => textOf(renderCompose(inputOf(written, 'compose')), 'README.md')
  assert.match(pageOf('{}'), /docker compose exec weir weir keys create/)
  assert.match(pageOf('{ auth: none }'), /whoever reaches port 18789 is served/)
})

test('Prometheus, Loki and Alloy lie where their files look for them', () => {
  const files = renderStack(inputOf(RICH, 'compose'))
  assert.match(textOf(files, 'alloy/config.alloy'), /url = "http:\/\/loki:3100\/loki\/api\/v1\/push"/)
  assert.match(textOf(files, 'alloy/config.alloy'), /service_name = "weir"/)
  const loki = parse(textOf(files, 'loki/loki.yaml')) as Record<string, Record<string, unknown>>
  assert.equal(loki['compactor']?.['retention_enabled'], true)
  assert.equal(loki['limits_config']?.['retention_period'], '744h')
})

test('no file for another target is written', () => {
  assert.deepEqual(renderCompose(inputOf(RICH, 'files')), [])
  assert.deepEqual(renderCompose(inputOf(RICH, 'kubernetes')), [])
})
