// What Alertmanager posts to a webhook, version 4 of it, read strictly where it matters: who it is about, and what became of it. Fields
// that later versions add are let pass.
import { z } from 'zod'

/** Go's zero time: it has not ended. */
const NEVER = '0001-01-01T00:00:00Z'
const VERSION = '4'
/** One notification holds a group; a group of more is a mistake in grouping, and the rest is counted. */
export const MOST_ALERTS = 1_000

const texts = z.record(z.string(), z.string())

const moment = z.string().transform((value, context): number | undefined => {
  if (value === NEVER) return undefined
  const ms = Date.parse(value)
  if (Number.isFinite(ms)) return ms
  context.addIssue({ code: 'custom', message: 'expected a moment' })
  return z.NEVER
})

const state = z.enum(['firing', 'resolved'])

const alertSchema = z.object({
  status: state,
  labels: texts,
  annotations: texts.nullish().transform((value) => value ?? {}),
  startsAt: moment,
  endsAt: moment.optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().optional(),
})

const payloadSchema = z.object({
  version: z.literal(VERSION),
  groupKey: z.string(),
  truncatedAlerts: z.int().min(0).optional(),
  status: state,
  groupLabels: texts.nullish().transform((value) => value ?? {}),
  commonLabels: texts.nullish().transform((value) => value ?? {}),
  commonAnnotations: texts.nullish().transform((value) => value ?? {}),
  externalURL: z.string().optional(),
  alerts: z.array(alertSchema).min(1),
})

export type Payload = Readonly<z.output<typeof payloadSchema>>
export type PayloadAlert = Readonly<z.output<typeof alertSchema>>

/** The notification, or what is wrong with it, in words that quote nothing of it. */
export function parsePayload(text: string): Payload | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'The body is not JSON.' }
  }
  const parsed = payloadSchema.safeParse(value)
  if (parsed.success) return bound(parsed.data)
  const [issue] = parsed.error.issues
  const at = issue === undefined ? '' : issue.path.map(String).join('.')
  return {
    problem: `The body is not a notification of Alertmanager, version ${VERSION}${at === '' ? '' : `: see ${at.slice(0, 100)}`}.`,
  }
}

function bound(payload: Payload): Payload {
  const { alerts, truncatedAlerts = 0 } = payload
  if (alerts.length <= MOST_ALERTS) return payload
  return {
    ...payload,
    alerts: alerts.slice(0, MOST_ALERTS),
    truncatedAlerts: truncatedAlerts + alerts.length - MOST_ALERTS,
  }
}
