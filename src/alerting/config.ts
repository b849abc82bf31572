// What can be configured about who is told of alerts, and how. Thresholds of alerts belong to service levels (slo/).
import { z } from 'zod'
import { duration, name, timer } from '../config/fields.ts'
import { bridgeSchema, type BridgeSettings } from './bridge/config.ts'
import { receiverSchema, type ReceiverSettings } from './notifiers/config.ts'

const EXPECT_MATCHER = 'expected a condition such as slo=chat-* or severity=page'
const EXPECT_LABEL = 'expected the name of a label, such as slo, model or backend'
const EXPECT_LINK = 'expected a URL such as https://grafana.example/d/weir?var-slo={slo}&from={from}&to={to}'

/** A day of messages at this pace is bearable; faster is a loop. */
const LEAST_REPEAT_MS = 60_000
const MOST_REPEAT_MS = 30 * 86_400_000
const MOST_WAIT_MS = 3_600_000
const LEAST_BEAT_MS = 10_000
const LEAST_PATIENCE_MS = 60_000

const pattern = () => z.string().min(1).optional()
const repeat = () => duration({ minMs: LEAST_REPEAT_MS, maxMs: MOST_REPEAT_MS })
const wait = () => duration({ maxMs: MOST_WAIT_MS })

const label = () => z.string({ error: EXPECT_LABEL }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, EXPECT_LABEL)
const matchers = () =>
  z.array(z.string({ error: EXPECT_MATCHER }).regex(/^[A-Za-z_][A-Za-z0-9_]*=.+$/, EXPECT_MATCHER)).min(1)

/** Placeholders stand for text of the alert; filled with letters, the rest must be a URL. */
const link = () =>
  z
    .string({ error: EXPECT_LINK })
    .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value.replaceAll(/[{}]/g, '')), EXPECT_LINK)
    .optional()

const receiverNames = () =>
  z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(name()).min(1))
    .describe('Who is told: the name of a receiver, or several.')

const routeSchema = z.strictObject({
  severity: z
    .enum(['page', 'ticket'])
    .optional()
    .describe('Only alerts of this severity. Without this: both.'),
  alert: pattern().describe(
    'Only alerts of this name, such as `BackendDown`. `*` stands for any run of characters, here and below.',
  ),
  slo: pattern().describe('Only alerts about this objective.'),
  model: pattern().describe('Only alerts about this model.'),
  backend: pattern().describe('Only alerts about this backend.'),
  tenant: pattern().describe('Only alerts about this tenant.'),
  to: receiverNames(),
  continue: z
    .boolean()
    .prefault(false)
    .describe('Whether the routes behind it are asked as well. Without this, the first that matches counts.'),
  language: z
    .enum(['en', 'zh'])
    .optional()
    .describe('The language of these messages. Without this: that of the receiver.'),
  groupBy: z
    .array(label())
    .prefault(['slo', 'model'])
    .describe(
      'Alerts of one name and severity with the same values of these labels are told in one message.',
    ),
  wait: wait().prefault('10s').describe('How long the first message about a group waits for company.'),
  interval: wait().prefault('5m').describe('The least time until a message adds what else joined the group.'),
  repeat: repeat()
    .optional()
    .describe(
      'After how long it is told again while it lasts. Without this: 1h for a page, 24h for a ticket.',
    ),
})

const inhibitionSchema = z.strictObject({
  source: matchers().describe('The alert that hides others; all conditions must hold.'),
  target: matchers().describe('The alerts it hides.'),
  equal: z.array(label()).prefault([]).describe('Labels that both must have, with the same value.'),
})

const watchdogSchema = z.strictObject({
  to: name().optional().describe('The receiver of the heartbeat; without this there is none.'),
  every: timer(LEAST_BEAT_MS).prefault('1m').describe('How often the heart beats.'),
  after: duration({ minMs: LEAST_PATIENCE_MS, maxMs: MOST_WAIT_MS })
    .prefault('5m')
    .describe('After how long without evaluation or delivery alerting itself is an alert.'),
})

const linksSchema = z.strictObject({
  console: link().describe('The console.'),
  dashboard: link().describe('The dashboard.'),
  logs: link().describe('The query of the log that shows these requests.'),
  runbook: link().describe('What to do. An objective or rule that names its own page goes before this.'),
})

/** Without `rules`, which is the part of service levels. */
export const alertingSchema = {
  receivers: z.array(receiverSchema).prefault([]).describe('Who can be told, and by which service.'),
  routes: z
    .array(routeSchema)
    .optional()
    .describe(
      'Who is told of what; the first that matches. Without this, every receiver is told of everything.',
    ),
  deliver: z
    .enum(['weir', 'alertmanager'])
    .optional()
    .describe(
      'Who tells people. `alertmanager`: Weir itself tells nobody; a Prometheus and an Alertmanager do, by the files of `weir stack init`, and the receivers here are for them. Without this: `weir`.',
    ),
  language: z.enum(['en', 'zh']).prefault('en').describe('The language of messages.'),
  links: linksSchema
    .prefault({})
    .describe(
      'Templates of the links in messages: `{alert}`, `{severity}`, `{slo}` and any other label, `{from}` and `{to}` in milliseconds, `{fromIso}` and `{toIso}`. A link that needs what an alert does not have is left out.',
    ),
  inhibit: z
    .array(inhibitionSchema)
    .prefault([])
    .describe(
      'Which alerts hide which, beside our own: a gateway that is down hides everything, a page hides the ticket of its objective.',
    ),
  resolveAfter: duration({ maxMs: MOST_WAIT_MS })
    .prefault('2m')
    .describe(
      'How long it must be quiet to be over. It doubles each time that something soon comes back, up to 32 times.',
    ),
  watchdog: watchdogSchema.prefault({}).describe('Who notices when alerting itself is dead.'),
  bridge: bridgeSchema,
}

export type RouteSettings = Readonly<z.output<typeof routeSchema>>

export interface AlertingSettings {
  readonly receivers: readonly ReceiverSettings[]
  readonly routes?: readonly RouteSettings[] | undefined
  readonly deliver?: 'weir' | 'alertmanager' | undefined
  readonly language: 'en' | 'zh'
  readonly links: Readonly<z.output<typeof linksSchema>>
  readonly inhibit: readonly Readonly<z.output<typeof inhibitionSchema>>[]
  readonly resolveAfter: number
  readonly watchdog: Readonly<z.output<typeof watchdogSchema>>
  readonly bridge: BridgeSettings
}
