// Tells an Alertmanager of alerts. It holds what it is told to be true for a few minutes only, so the pipeline tells it again; and
// an end is told as a time, after which it needs nothing more.
import { Secret } from '../../../core/secret.ts'
import type { Notifier, NotifierTools } from '../../notifier.ts'
import { createHttpNotifier } from '../http/http-notifier.ts'
import type { AlertmanagerSettings } from './config.ts'
import { REFRESH_MS, toPostedAlerts } from './render.ts'

const PATH = 'api/v2/alerts'

export function createAlertmanagerNotifier(settings: AlertmanagerSettings, tools: NotifierTools): Notifier {
  const { url, password, bearer, labels, timeout } = settings
  const base = url.reveal()
  const authorization = toAuthorization(settings)
  const target = new URL(PATH, base.endsWith('/') ? base : `${base}/`).href
  return createHttpNotifier(
    {
      kind: 'alertmanager',
      name: 'Alertmanager',
      rates: [],
      refreshMs: REFRESH_MS,
      toPost: (message) => ({
        url: target,
        headers: {
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
        },
        body: JSON.stringify(toPostedAlerts(message, labels, tools.clock.wall())),
      }),
      judge: () => undefined,
    },
    { timeout, secrets: [url, password, bearer, authorization] },
    tools,
  )
}

function toAuthorization({ user, password, bearer }: AlertmanagerSettings): Secret | undefined {
  if (bearer !== undefined) return new Secret(`Bearer ${bearer.reveal()}`)
  if (user === undefined || password === undefined) return undefined
  const pair = Buffer.from(`${user}:${password.reveal()}`, 'utf8').toString('base64')
  return new Secret(`Basic ${pair}`)
}
