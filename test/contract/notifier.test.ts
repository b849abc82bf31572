// One contract for all notifiers. Each kind stands before its service as the service describes itself, or before a real one.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Notifier } from '../../src/alerting/notifier.ts'
import { receiverSchema, receiverSchemas, type ReceiverKind } from '../../src/alerting/notifiers/config.ts'
import { createNotifier, NOTIFIERS } from '../../src/alerting/notifiers/registry.ts'
import { createManualClock } from '../../src/core/clock.ts'
import { createCountingIds } from '../../src/core/ids.ts'
import {
  parseMap,
  startFakeService,
  textAt,
  type FakeService,
  type Posted,
} from '../support/receivers/fake-service.ts'
import { LINK_URL } from '../support/receivers/messages.ts'
import {
  DINGTALK_TOKEN,
  FEISHU_TOKEN,
  SLACK_PATH,
  startDingtalk,
  startFeishu,
  startSlack,
  startWecom,
  WECOM_KEY,
  type Robot,
  type RobotOptions,
} from '../support/receivers/robots.ts'
import { readMail, startSmtp } from '../support/receivers/smtp.ts'
import { until } from '../support/weir.ts'
import {
  describeHttpNotifier,
  describeNotifier,
  type HttpStage,
  type HttpTrial,
  type NotifierStage,
  type Taken,
} from './notifier-suite.ts'

const SECRET = 'SEC-of-this-robot-0123456789'
const BEARER = 'bearer-0123456789'
const TIMEOUT_MS = 10_000

interface HttpStageInput {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: readonly string[]
  readonly start: (options: RobotOptions) => Promise<Robot>
  readonly read: (body: string) => Taken
}

async function openHttp({ settings, secrets, start, read }: HttpStageInput): Promise<HttpStage> {
  const clock = createManualClock()
  const { secret } = settings
  const robot = await start({ nowMs: () => clock.wall(), ...(typeof secret === 'string' ? { secret } : {}) })
  const notifier = createNotifier(receiverSchema.parse({ name: 'oncall', url: robot.url, ...settings }), {
    clock,
    ids: createCountingIds(),
  })
  let isOpen = true
  const leave = async (): Promise<void> => {
    if (isOpen) await robot.close()
    isOpen = false
  }
  return {
    notifier,
    clock,
    secrets: [...secrets, robot.url],
    arrived: () => robot.posted.length,
    taken: () => robot.taken.map(({ body }) => read(body)),
    refusals: () => robot.refused.length,
    misbehave: (how) => robot.misbehave(how),
    hang: () => robot.misbehave('hang'),
    leave,
    close: leave,
  }
}

function trial(
  kind: ReceiverKind,
  rest: Omit<HttpTrial, 'kind' | 'timeoutMs' | 'open'>,
  input: HttpStageInput,
): HttpTrial {
  return {
    kind,
    timeoutMs: TIMEOUT_MS,
    open: () => openHttp({ ...input, settings: { kind, ...input.settings } }),
    ...rest,
  }
}

/** What readers of Markdown and of HTML would act on. */
function activeIn(markdown: string): readonly string[] {
  const links = [...markdown.matchAll(/!?\[[^\]]*\]\(([^)\s]*)\)/g)].map((match) => match[1] ?? '')
  const tags = [...markdown.matchAll(/<\/?([a-z!@/][^>]*)>/gi)].map((match) => match[0])
  return [...links, ...tags.filter((tag) => !/^<\/?font( color="(warning|comment|info)")?>$/.test(tag))]
}

function readDingtalk(body: string): Taken {
  const map = parseMap(body)
  const words = textAt(map, 'markdown', 'text') ?? ''
  const at = map?.['at'] as { atMobiles: string[]; atUserIds: string[]; isAtAll: boolean }
  const named = [...at.atMobiles, ...at.atUserIds, ...(at.isAtAll ? ['all'] : [])]
  return { raw: body, words, active: [...named.map((name) => `@${name}`), ...activeIn(words)] }
}

describeHttpNotifier(
  trial(
    'dingtalk',
    {
      isForPeople: true,
      activeWhenSound: ['@13800000000', '@all', LINK_URL],
      inBody: [
        ['{"errcode":0,"errmsg":"ok"}', 'delivered'],
        ['{"errcode":-1,"errmsg":"busy"}', 'retry', 5_000],
        ['{"errcode":130101,"errmsg":"send too fast"}', 'retry', 600_000],
        ['{"errcode":310000,"errmsg":"sign not match"}', 'failed'],
        ['{"errcode":300001,"errmsg":"token is not exist"}', 'failed'],
        ['{"errcode":987654,"errmsg":"new"}', 'retry'],
        ['{"status":1111,"wait":5,"source":"x5","punish":"deny","errcode":130101}', 'retry', 600_000],
        ['<html>welcome to the hotel</html>', 'retry'],
        ['{}', 'retry'],
        ['', 'retry'],
        ['{"errcode":"0"}', 'retry'],
      ],
    },
    {
      settings: { secret: SECRET, mention: { mobiles: ['13800000000'], all: true } },
      secrets: [SECRET, DINGTALK_TOKEN],
      start: startDingtalk,
      read: readDingtalk,
    },
  ),
)

describeHttpNotifier(
  trial(
    'wecom',
    {
      isForPeople: true,
      activeWhenSound: [LINK_URL, '<@zhangsan>'],
      inBody: [
        ['{"errcode":0,"errmsg":"ok"}', 'delivered'],
        ['{"errcode":45009,"errmsg":"api freq out of limit"}', 'retry', 60_000],
        ['{"errcode":-1,"errmsg":"system busy"}', 'retry', 5_000],
        ['{"errcode":93000,"errmsg":"invalid webhook url"}', 'failed'],
        ['{"errcode":40058,"errmsg":"exceed max length"}', 'failed'],
        ['{"errcode":987654}', 'retry'],
        ['[]', 'retry'],
      ],
    },
    {
      settings: { mention: ['zhangsan'] },
      secrets: [WECOM_KEY],
      start: startWecom,
      read(body) {
        const words = textAt(parseMap(body), 'markdown', 'content') ?? ''
        return { raw: body, words, active: activeIn(words) }
      },
    },
  ),
)

/** Every value below a key of one of these names. */
function collect(value: unknown, key: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : collect(inner, key),
  )
}

/** Every map that says that it is of this kind. */
function tagged(value: unknown, [key, name]: readonly [string, string]): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap((each) => tagged(each, [key, name]))
  return (value as Record<string, unknown>)[key] === name ? [value, ...inner] : inner
}

describeHttpNotifier(
  trial(
    'feishu',
    {
      isForPeople: true,
      activeWhenSound: ['<at id=ou_1>', '</at>', LINK_URL],
      inBody: [
        ['{"StatusCode":0,"StatusMessage":"success"}', 'delivered'],
        ['{"code":0,"msg":"success"}', 'delivered'],
        ['{"code":11232,"msg":"frequency limited"}', 'retry', 5_000],
        ['{"code":9499,"msg":"too many request"}', 'retry', 60_000],
        ['{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}', 'failed'],
        ['{"code":19021,"msg":"sign match fail"}', 'failed'],
        ['{"code":19022,"msg":"Ip Not Allowed"}', 'failed'],
        ['{"code":19024,"msg":"Key Words Not Found"}', 'failed'],
        ['{"code":987654,"msg":"new"}', 'retry'],
        ['null', 'retry'],
      ],
    },
    {
      settings: { secret: SECRET, mention: ['ou_1'] },
      secrets: [SECRET, FEISHU_TOKEN],
      start: startFeishu,
      read(body) {
        const map = parseMap(body)
        const markdown = tagged(map, ['tag', 'lark_md']).flatMap((each) => collect(each, 'content'))
        const tags = markdown.flatMap((text) =>
          [...text.matchAll(/<[^>]*>|\[[^\]]*\]\([^)]*\)/g)].map(([tag]) => tag),
        )
        return {
          raw: body,
          words: collect(map, 'content').join('\n'),
          active: [...tags, ...collect(map, 'url')],
        }
      },
    },
  ),
)

describeHttpNotifier(
  trial(
    'slack',
    { isForPeople: true, activeWhenSound: [LINK_URL] },
    {
      settings: {},
      secrets: [SLACK_PATH, 'XXXXXXXXXXXXXXXXXXXXXXXX'],
      start: startSlack,
      read(body) {
        const map = parseMap(body)
        const markdown = [
          ...tagged(map, ['type', 'mrkdwn']).flatMap((each) => collect(each, 'text')),
          textAt(map, 'text') ?? '',
        ]
        const links = markdown.flatMap((text) =>
          [...text.matchAll(/<([^>|]*)[^>]*>/g)].map((match) => match[1] ?? ''),
        )
        return {
          raw: body,
          words: collect(map, 'text').join('\n'),
          active: links.map((link) => link.replaceAll('&amp;', '&')),
        }
      },
    },
  ),
)

/** A server that only says yes; what it got is looked at elsewhere. */
function startPlain(path: string) {
  return async (): Promise<Robot> => {
    const service: FakeService = await startFakeService({
      path,
      fine: { status: 204, body: '' },
      refuse: ({ headers }: Posted) =>
        headers.authorization === `Bearer ${BEARER}` ? undefined : { status: 401, body: 'who are you' },
    })
    return { ...service, url: `${service.origin}${path}` }
  }
}

describeHttpNotifier(
  trial(
    'webhook',
    { isForPeople: false, activeWhenSound: [] },
    {
      settings: { secret: SECRET, bearer: BEARER },
      secrets: [SECRET, BEARER, '/hooks/0123456789abcdef'],
      start: startPlain('/hooks/0123456789abcdef'),
      read: (body) => ({ raw: body, words: textAt(parseMap(body), 'text') ?? '', active: [] }),
    },
  ),
)

describeHttpNotifier(
  trial(
    'alertmanager',
    { isForPeople: false, activeWhenSound: [] },
    {
      settings: { bearer: BEARER },
      secrets: [BEARER],
      start: async () => {
        const robot = await startPlain('/api/v2/alerts')()
        return { ...robot, url: robot.origin }
      },
      read(body) {
        const alerts = JSON.parse(body) as { annotations: Record<string, string> }[]
        const words = alerts.flatMap(({ annotations }) => Object.values(annotations)).join('\n')
        return {
          raw: body,
          words,
          active: [],
        }
      },
    },
  ),
)

async function openEmail(): Promise<NotifierStage> {
  const clock = createManualClock()
  const server = await startSmtp({ tls: 'none', user: 'weir', password: SECRET })
  const password = encodeURIComponent(SECRET)
  const open = (to: string): Notifier =>
    createNotifier(
      receiverSchema.parse({
        name: 'team',
        kind: 'email',
        smtp: `smtp://weir:${password}@127.0.0.1:${server.port}`,
        starttls: 'never',
        from: 'weir@example.com',
        to: [to],
      }),
      { clock, ids: createCountingIds() },
    )
  const notifier = open('team@example.com')
  const hanging = open('hang@example.com')
  let isHanging = false
  let hung = 0
  let delivered = 0
  return {
    notifier: {
      ...notifier,
      async deliver(message, signal) {
        if (!isHanging) {
          const outcome = await notifier.deliver(message, signal)
          if (outcome.result === 'delivered') delivered += 1
          await until(() => server.mails.length >= delivered, 'the mail')
          return outcome
        }
        const delivery = hanging.deliver(message, signal)
        if (!signal.aborted) hung += 1
        return delivery
      },
    },
    clock,
    secrets: [SECRET, password],
    arrived: () => server.mails.length + hung,
    taken: () =>
      server.mails.map(({ raw }) => {
        const { headers, text, html } = readMail(raw)
        const links = [...html.matchAll(/<a href="([^"]*)">/g)].map((match) =>
          (match[1] ?? '').replaceAll('&amp;', '&'),
        )
        const tags = [...html.matchAll(/<(?!\/?(?:!doctype|html|body|h2|p|ul|li|code|a)\b)[^>]*>/gi)].map(
          ([tag]) => tag,
        )
        const wrong = [...headers.keys()].filter((name) => /^(bcc|cc|received)$/.test(name))
        return {
          raw,
          words: `${headers.get('subject') ?? ''}\n${text}`,
          active: [...links, ...tags, ...wrong],
        }
      }),
    refusals: () => 0,
    hang: () => void (isHanging = true),
    leave: () => server.stop(),
    close: () => server.stop(),
  }
}

describeNotifier({
  kind: 'email',
  open: openEmail,
  timeoutMs: TIMEOUT_MS,
  activeWhenSound: [LINK_URL],
  isForPeople: true,
})

const KINDS = receiverSchemas.map((schema) => schema.shape.kind.value)

test('every kind of receiver has a schema, a notifier, a folder of its own and a place in this suite', () => {
  const root = join(import.meta.dirname, '../../src/alerting/notifiers')
  assert.deepEqual([...KINDS].sort(), Object.keys(NOTIFIERS).sort())
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'notifier.ts')))
    .map(({ name }) => name)
  assert.deepEqual(folders.sort(), [...KINDS].sort())
  for (const kind of KINDS) assert.ok(existsSync(join(root, kind, 'config.ts')), kind)
})
