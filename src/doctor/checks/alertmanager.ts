// Is Alertmanager there, do the routes of our alerts lead somewhere, are they heard, and do its messages arrive?
import { mendFailure } from '../ask/failure.ts'
import { parseRoutes, type Labels, type RoutingTable } from '../ask/alert-routes.ts'
import { shownUrl, type Told } from '../ask/asker.ts'
import { cut, parseJson, textAt } from '../ask/json.ts'
import { under } from '../ask/prometheus.ts'
import { parseSilences } from '../ask/silences.ts'
import { sumOf } from '../ask/weir.ts'
import type { Asked, Check, Setup } from '../check.ts'
import { fail, ok, skip, warn } from '../finding.ts'
import { skipWithout } from './elsewhere.ts'

/** The one a flag names, else one that the gateway itself tells. */
function addressOf({ options, config }: Setup): string | undefined {
  if (options.places.alertmanager !== undefined) return options.places.alertmanager
  const receiver = config.alerting.receivers.find(({ kind }) => kind === 'alertmanager')
  return receiver?.kind === 'alertmanager' ? receiver.url.reveal() : undefined
}

function credentialOf({ options, config }: Setup): Readonly<Record<string, string>> {
  if (options.places.alertmanager !== undefined) return {}
  const receiver = config.alerting.receivers.find(({ kind }) => kind === 'alertmanager')
  if (receiver?.kind !== 'alertmanager') return {}
  const { user, password, bearer } = receiver
  if (bearer !== undefined) return { authorization: `Bearer ${bearer.reveal()}` }
  if (user === undefined) return {}
  const pair = `${user}:${password?.reveal() ?? ''}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function askAlertmanager({ setup, asker }: Asked, path: string): Promise<Told> {
  return asker.ask({ url: under(addressOf(setup) ?? '', path), headers: credentialOf(setup) })
}

export const alertmanager: Check = {
  name: 'alertmanager',
  group: 'alerts',
  question: 'Does Alertmanager answer?',
  blocks: 'Alertmanager does not answer',
  async ask(asked) {
    const url = addressOf(asked.setup)
    if (url === undefined) return skipWithout(asked, 'alertmanager')
    const shown = shownUrl(url)
    const told = await askAlertmanager(asked, '/api/v2/status')
    if ('failure' in told) {
      return fail(`${shown}: ${told.failure.text}`, {
        means: 'Alerts that Prometheus raises reach nobody',
        fix:
          mendFailure(told.failure, url) ??
          'systemctl start prometheus-alertmanager; or correct --alertmanager',
      })
    }
    const version = textAt(parseJson(told.page.text), 'versionInfo', 'version')
    if (told.page.status === 200 && version !== undefined) return ok(`${shown} answers, version ${version}`)
    return fail(`${shown} is no Alertmanager: /api/v2/status is answered with ${told.page.status}`, {
      means: 'Alerts that Prometheus raises reach nobody there',
      fix: 'give its address with its path, and a login where it asks for one: --alertmanager http://USER:PASSWORD@HOST:9093',
    })
  },
}

export const alertRoutes: Check = {
  name: 'alert-routes',
  group: 'alerts',
  question: 'Do the routes of our alerts lead somewhere?',
  needs: ['alertmanager'],
  async ask(asked) {
    const told = await askAlertmanager(asked, '/api/v2/status')
    const text = 'page' in told ? textAt(parseJson(told.page.text), 'config', 'original') : undefined
    const table = text === undefined ? undefined : parseRoutes(text)
    if (table === undefined) return skip('this server does not tell its routes')
    const pages = await askAlertmanager(asked, '/metrics')
    if ('page' in pages && sumOf(pages.page.text, RELOADED) === 0) {
      return fail('it refused its configuration when it was last told to read it', {
        means: 'The routes and receivers from before are in force; after a restart it would not start',
        fix: `amtool check-config alertmanager.yml; then curl -X POST ${shownUrl(addressOf(asked.setup) ?? '')}/-/reload`,
      })
    }
    const lost = asked.setup.expected.alerts.filter((labels) => !isHeard(table, labels))
    const [first] = lost
    if (first === undefined) {
      const reached = new Set(asked.setup.expected.alerts.flatMap((labels) => table.receiversOf(labels)))
      return ok(`alerts reach ${[...reached].join(', ')}`)
    }
    const receivers = table.receiversOf(first)
    const kinds = new Set(
      lost.map((labels) => `${labels['alertname'] ?? 'alert'} (${labels['severity'] ?? ''})`),
    )
    return fail(
      `${[...kinds].slice(0, 3).join(', ')} end at ${receivers.join(', ')}, which has nowhere to go`,
      {
        means: 'They fire, and nobody is told',
        fix: `give the receiver an integration (webhook_configs, email_configs, …), or correct the matchers; amtool config routes test severity=${first['severity'] ?? 'page'}`,
      },
    )
  },
}

function isHeard(table: RoutingTable, labels: Labels): boolean {
  return table.receiversOf(labels).some((receiver) => table.isConnected(receiver))
}

const RELOADED = 'alertmanager_config_last_reload_successful'

export const alertSilences: Check = {
  name: 'alert-silences',
  group: 'alerts',
  question: 'Are our alerts not silenced?',
  needs: ['alertmanager'],
  async ask(asked) {
    const told = await askAlertmanager(asked, '/api/v2/silences')
    const silences = 'page' in told ? parseSilences(told.page.text) : undefined
    if (silences === undefined) return skip('this server does not tell its silences')
    const { alerts } = asked.setup.expected
    const quiet = alerts.filter((labels) => silences.some(({ holds }) => holds(labels)))
    const [first] = silences.filter(({ holds }) => quiet.some(holds))
    if (first === undefined) return ok('none of our alerts is silenced')
    const names = [...new Set(quiet.map((labels) => labels['alertname'] ?? 'alert'))]
    const which = quiet.length === alerts.length ? 'every alert' : names.slice(0, 3).join(', ')
    return warn(
      `${which} is silenced until ${first.endsAt}, by ${cut(first.createdBy)}: ${cut(first.comment)}`,
      {
        means: 'Nobody is told of it until then',
        fix: `amtool silence expire ${first.id} --alertmanager.url=${shownUrl(addressOf(asked.setup) ?? '')}`,
      },
    )
  },
}

/** Attempts: a message that cannot be sent is tried again for minutes before it counts as failed. */
const FAILED = 'alertmanager_notification_requests_failed_total'
const ATTEMPTS = 'alertmanager_notification_requests_total'
const SENT = 'alertmanager_notifications_total'

export const alertDelivery: Check = {
  name: 'alert-delivery',
  group: 'alerts',
  question: 'Do the messages of Alertmanager arrive?',
  needs: ['alertmanager'],
  async ask(asked) {
    const told = await askAlertmanager(asked, '/metrics')
    if ('failure' in told || told.page.status !== 200) return skip('its metrics cannot be seen')
    const failed = countBy(told.page.text, FAILED)
    const sent = countBy(told.page.text, SENT)
    const all = sum(sent)
    const bad = [...failed].filter(([, count]) => count > 0)
    if (bad.length === 0)
      return ok(all === 0 ? 'it has sent no message yet' : `${all} messages were sent, none failed`)
    const list = bad.map(([by, count]) => `${count} by ${by}`).join(', ')
    const attempts = countBy(told.page.text, ATTEMPTS)
    const dead = bad.filter(([by, count]) => count === attempts.get(by)).map(([by]) => by)
    if (dead.length > 0) {
      return fail(`no message has ever arrived by ${dead.join(', ')}: attempts that failed: ${list}`, {
        means: 'Alerts fire, and nobody is told',
        fix: 'its log names the answers; correct the address or the secret of that integration',
      })
    }
    return warn(`attempts to send failed since its start: ${list}`, {
      means: 'Somebody may not have been told',
      fix: 'its log names the answers; correct the address or the secret of that integration',
    })
  },
}

function countBy(page: string, name: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of page.split('\n')) {
    const integration = line.startsWith(`${name}{`) ? /integration="([^"]*)"/.exec(line)?.[1] : undefined
    if (integration === undefined) continue
    counts.set(integration, (counts.get(integration) ?? 0) + Number(line.split(' ').at(-1)))
  }
  return counts
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((left, right) => left + right, 0)
}
