// Is Prometheus there, does it reach the gateway, and under the job that rules and dashboards expect?
import { hostOf, isEveryInterface, isLoopback, portOf } from '../ask/addresses.ts'
import { mendFailure } from '../ask/failure.ts'
import { parseJson, textAt } from '../ask/json.ts'
import {
  askData,
  askPrometheus,
  askTargets,
  prometheusUrl,
  shownPrometheus,
  type Target,
} from '../ask/prometheus.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, warn, type Finding } from '../finding.ts'
import { skipWithout } from './elsewhere.ts'

export const prometheus: Check = {
  name: 'prometheus',
  group: 'prometheus',
  question: 'Does Prometheus answer?',
  blocks: 'Prometheus does not answer',
  async ask(asked) {
    if (asked.setup.options.places.prometheus === undefined) return skipWithout(asked, 'prometheus')
    const shown = shownPrometheus(asked)
    const told = await askPrometheus(asked, '/api/v1/status/buildinfo')
    if ('failure' in told) {
      return fail(`${shown}: ${told.failure.text}`, {
        means: 'Nothing is scraped, recorded or rung by it',
        fix:
          mendFailure(told.failure, prometheusUrl(asked)) ??
          'systemctl start prometheus; or correct --prometheus',
      })
    }
    const { status, text } = told.page
    const version = textAt(parseJson(text), 'data', 'version')
    if (status === 200 && version !== undefined) return ok(`${shown} answers, version ${version}`)
    if (status === 401 || status === 403) {
      return fail(`${shown} asks for a login (${status})`, {
        means: 'Nothing of it can be seen',
        fix: '--prometheus http://USER:PASSWORD@HOST:9090',
      })
    }
    // Thanos, Mimir and VictoriaMetrics answer queries without knowing of builds.
    const queried = await askPrometheus(asked, '/api/v1/query?query=1')
    if ('page' in queried && textAt(parseJson(queried.page.text), 'status') === 'success')
      return ok(`${shown} answers`)
    return fail(`${shown} is no Prometheus: /api/v1/status/buildinfo is answered with ${status}`, {
      means: 'Nothing of it can be asked',
      fix: 'give its address with its path, where it has one: --prometheus https://HOST/prometheus',
    })
  },
}

export const prometheusTarget: Check = {
  name: 'prometheus-target',
  group: 'prometheus',
  question: 'Does Prometheus reach the gateway, under the expected job?',
  needs: ['prometheus'],
  after: ['gateway', 'metrics'],
  blocks: 'Prometheus does not scrape the gateway as it should',
  async ask(asked) {
    const targets = await askTargets(asked)
    if (targets === undefined) return skip('this server does not tell its targets')
    const { job } = asked.setup.expected
    const named = targets.filter((target) => target.job === job)
    if (named.length > 0) return judgeTargets(asked, named)
    const other = targets.filter((target) => isOurs(asked, target))
    const wrong = other[0]
    if (wrong !== undefined) {
      return fail(
        `the gateway is scraped under job="${wrong.job}", and rules and dashboards look for job="${job}"`,
        {
          means: 'Their queries match nothing: panels are empty and no alert ever fires',
          fix: `job_name: ${job} in prometheus.yml, then reload it: curl -X POST ${shownPrometheus(asked)}/-/reload`,
        },
      )
    }
    if (await isConfigured(asked)) {
      return warn(`job ${job} is configured and has no target`, {
        means: 'Prometheus has just started, or its service discovery finds no gateway',
        fix: `ask again in a minute; ${shownPrometheus(asked)}/service-discovery shows what it finds`,
      })
    }
    return fail(`none of ${targets.length} targets is a gateway`, {
      means: 'Nothing of the gateway is recorded',
      fix: `prometheus.yml: scrape_configs: [{ job_name: ${job}, metrics_path: ${asked.setup.config.telemetry.metrics.path}, static_configs: [{ targets: ['${targetOf(asked.setup)}'] }] }]`,
    })
  },
}

async function isConfigured(asked: Asked): Promise<boolean> {
  const text = textAt(await askData(asked, '/api/v1/status/config'), 'yaml') ?? ''
  return new RegExp(`job_name: "?${asked.setup.expected.job}"?$`, 'm').test(text)
}

function targetOf(setup: Asked['setup']): string {
  const { listen } = setup.config.telemetry.metrics
  if (listen.kind !== 'tcp') return 'HOST:PORT'
  return `${isEveryInterface(listen.host) ? 'HOST' : (listen.host ?? '')}:${listen.port}`
}

/** By the port and path of our metrics: a name may be known to Prometheus alone. */
function isOurs({ setup }: Asked, { scrapeUrl }: Target): boolean {
  const { listen, path } = setup.config.telemetry.metrics
  if (listen.kind !== 'tcp' || !URL.canParse(scrapeUrl)) return false
  const url = new URL(scrapeUrl)
  const own = [...setup.machine.addresses(), listen.host, 'localhost', 'host.docker.internal', 'weir']
  const isNear = isLoopback(hostOf(url)) || own.includes(hostOf(url))
  return portOf(url) === listen.port && (isNear || url.pathname === path)
}

function judgeTargets(asked: Asked, targets: readonly Target[]): Finding {
  const down = targets.filter(({ health }) => health === 'down')
  const [first] = down
  if (first !== undefined) {
    const seen = `${down.length} of ${targets.length} gateways DOWN: ${first.scrapeUrl}: ${first.lastError}`
    const gateway = asked.statusOf('gateway', '')
    // Its own cause is said already.
    if (gateway === 'fail' || gateway === 'skip')
      return warn(seen, { means: 'As it must be while the gateway does not run' })
    return fail(seen, { means: 'Nothing of this gateway is recorded', fix: explain(asked, first) })
  }
  if (targets.some(({ health }) => health === 'unknown')) {
    return warn('a gateway is a target that was not scraped yet', {
      means: 'Prometheus has just started, or has just learnt of it',
      fix: 'ask again in a minute',
    })
  }
  return ok(`${targets.length === 1 ? 'the gateway is' : `${targets.length} gateways are`} UP`)
}

/** Words in the error of a scrape, and what they come from, most often. */
const KNOWN_ERRORS: readonly (readonly [words: RegExp, fix: (path: string, host: string) => string])[] = [
  [/404/, (path) => `metrics_path: ${path} in prometheus.yml`],
  [/HTTP response to HTTPS|first record/, () => 'scheme: http in prometheus.yml'],
  [/no such host/, (_, host) => `correct the target in prometheus.yml: ${host} is not known there`],
  [/sample limit|body size/, () => 'raise sample_limit or body_size_limit of the job in prometheus.yml'],
]
const LATER_ERRORS: typeof KNOWN_ERRORS = [
  [
    /refused/,
    () => 'nobody listens there as Prometheus sees it; in a container 127.0.0.1 is the container itself',
  ],
  [/deadline|timeout/, () => 'a firewall drops it, or scrape_timeout is too short'],
]

function explain({ setup }: Asked, { lastError, scrapeUrl }: Target): string {
  const { listen, path } = setup.config.telemetry.metrics
  const url = URL.canParse(scrapeUrl) ? new URL(scrapeUrl) : undefined
  const gateway = setup.config.gateway.listen
  if (
    url !== undefined &&
    lastError.includes('404') &&
    gateway.kind === 'tcp' &&
    portOf(url) === gateway.port
  )
    return `that is where callers connect: in prometheus.yml targets: ['${targetOf(setup)}']`
  const findIn = (errors: typeof KNOWN_ERRORS): string | undefined =>
    errors.find(([words]) => words.test(lastError))?.[1](path, url?.hostname ?? '')
  return (
    findIn(KNOWN_ERRORS) ??
    (url === undefined ? undefined : explainAddress(listen, url, lastError)) ??
    findIn(LATER_ERRORS) ??
    `curl -v ${scrapeUrl} where Prometheus runs`
  )
}

type Listen = Asked['setup']['config']['telemetry']['metrics']['listen']

/** A listener of this machine alone, or another port than ours. */
function explainAddress(listen: Listen, url: URL, lastError: string): string | undefined {
  if (listen.kind !== 'tcp') return undefined
  const isLocal = listen.host !== undefined && isLoopback(listen.host)
  if (isLocal && !isLoopback(hostOf(url)) && url.hostname !== 'localhost')
    return `the gateway listens on ${listen.host}:${listen.port} alone: metrics: { listen: ADDRESS_OF_THE_NETWORK:${listen.port} }`
  if (lastError.includes('refused') && portOf(url) !== listen.port)
    return `the metrics are on port ${listen.port}: correct the target in prometheus.yml`
  return undefined
}
