// How an Alertmanager reaches each receiver of the configuration: by what it speaks itself, or through the bridge of the gateway.
// No secret is in what is made here; what needs one names a file.
import type { Config } from '../../config/resolve.ts'
import type { StackInput } from '../stack.ts'
import { toAlertmanagerSecret, type AlertmanagerSecret } from './secrets.ts'

type Receiver = Config['alerting']['receivers'][number]
type Email = Extract<Receiver, { readonly kind: 'email' }>
type Webhook = Extract<Receiver, { readonly kind: 'webhook' }>

export interface Delivery {
  /** `slack_configs` and the like, with one entry. */
  readonly integration: Readonly<Record<string, readonly unknown[]>>
  readonly secrets: readonly AlertmanagerSecret[]
  /** Through the gateway: it cannot say of itself that it is down. */
  readonly isBridged: boolean
}

interface Task<R extends Receiver = Receiver> {
  readonly input: StackInput
  readonly receiver: R
  /** In the list of the configuration. */
  readonly index: number
}

/** Undefined for another Alertmanager: this one takes its place. */
export function toDelivery(input: StackInput, receiver: Receiver, index: number): Delivery | undefined {
  switch (receiver.kind) {
    case 'alertmanager':
      return undefined
    case 'email':
      return toEmail({ input, receiver, index })
    case 'slack':
      return toSlack({ input, receiver, index })
    case 'webhook':
      return toWebhook({ input, receiver, index })
    case 'dingtalk':
    case 'feishu':
    case 'wecom':
      return toBridge({ input, receiver, index })
  }
}

/** The only port where Alertmanager speaks TLS from the start; RFC 8314 3.3. */
const SUBMISSIONS_PORT = '465'
/** RFC 6409 3.1. */
const SUBMISSION_PORT = '587'

function toEmail(task: Task<Email>): Delivery {
  const { input, receiver, index } = task
  const { protocol, hostname, port, username, password } = new URL(receiver.smtp.reveal())
  const isTls = protocol === 'smtps:'
  const shownPort = port === '' ? (isTls ? SUBMISSIONS_PORT : SUBMISSION_PORT) : port
  if (isTls !== (shownPort === SUBMISSIONS_PORT)) return toBridge(task)
  const user = decodeURIComponent(username)
  const holds = `the password in alerts.receivers[${index}].smtp, as it is and not percent-encoded`
  const secret = toAlertmanagerSecret(input, ['alerts', 'receivers', index, 'smtpPassword'], holds)
  const from = receiver.from ?? (user.includes('@') ? user : receiver.to[0])
  const config = {
    to: receiver.to.join(', '),
    from,
    smarthost: `${hostname}:${shownPort}`,
    ...(user === '' ? {} : { auth_username: user }),
    ...(password === '' ? {} : { auth_password_file: secret.file }),
    require_tls: !isTls && receiver.starttls === 'always',
    send_resolved: receiver.resolved,
  }
  return toPlain('email_configs', config, password === '' ? [] : [secret])
}

function toSlack({ input, receiver, index }: Task): Delivery {
  const secret = toUrlSecret(input, index)
  return toPlain('slack_configs', { api_url_file: secret.file, send_resolved: receiver.resolved }, [secret])
}

/** What Weir signs only Weir can sign. An address that may hold a token is named in a file, which Alertmanager has read since 0.26. */
function toWebhook(task: Task<Webhook>): Delivery {
  const { input, receiver, index } = task
  const isPlain = isPlainAddress(receiver.url.reveal())
  if (receiver.secret !== undefined || (!isPlain && input.target === 'files')) return toBridge(task)
  const url = toUrlSecret(input, index)
  const bearer = toAlertmanagerSecret(
    input,
    ['alerts', 'receivers', index, 'bearer'],
    `alerts.receivers[${index}].bearer`,
  )
  const config = {
    ...(isPlain ? { url: receiver.url.reveal() } : { url_file: url.file }),
    send_resolved: receiver.resolved,
    ...(receiver.bearer === undefined
      ? {}
      : { http_config: { authorization: { credentials_file: bearer.file } } }),
  }
  const secrets = [...(isPlain ? [] : [url]), ...(receiver.bearer === undefined ? [] : [bearer])]
  return toPlain('webhook_configs', config, secrets)
}

function toUrlSecret(input: StackInput, index: number): AlertmanagerSecret {
  return toAlertmanagerSecret(input, ['alerts', 'receivers', index, 'url'], `alerts.receivers[${index}].url`)
}

/** A machine of this network and plain words: `http://tickets:8080/hooks/weir`. Anything else may be a token. */
const INSIDE = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|[a-z][a-z-]*)$/
const PLAIN_PATH = /^(?:\/[a-z]{1,12})*\/?$/

function isPlainAddress(text: string): boolean {
  const { hostname, pathname, search } = new URL(text)
  return search === '' && INSIDE.test(hostname) && PLAIN_PATH.test(pathname)
}

function toPlain(
  integration: string,
  config: Readonly<Record<string, unknown>>,
  secrets: readonly AlertmanagerSecret[],
): Delivery {
  return { integration: { [integration]: [config] }, secrets, isBridged: false }
}

/** A gateway on the same machine asks nobody for a token. */
function toBridge({ input, receiver }: Task): Delivery {
  const { places, config } = input
  const token = toAlertmanagerSecret(input, ['alerts', 'bridge', 'token'], 'alerts.bridge.token')
  const isAsked = config.alerting.bridge.token !== undefined
  const webhook = {
    url: `${places.gatewayHooks}/hooks/alertmanager/${encodeURIComponent(receiver.name)}`,
    send_resolved: receiver.resolved,
    // A thousand alerts in one piece are more than a robot takes; the gateway says how many were left out.
    max_alerts: MOST_ALERTS,
    ...(isAsked ? { http_config: { authorization: { credentials_file: token.file } } } : {}),
  }
  const delivery = toPlain('webhook_configs', webhook, isAsked ? [token] : [])
  return { ...delivery, isBridged: true }
}

const MOST_ALERTS = 100
