// DingTalk, WeCom and Feishu as their pages describe them: signature, size, shape, rate, and the numbers they answer with.
import { createHmac } from 'node:crypto'
import {
  createLimiter,
  parseMap,
  startFakeService,
  textAt,
  type FakeService,
  type Posted,
  type Reply,
} from './fake-service.ts'

export interface RobotOptions {
  readonly nowMs: () => number
  readonly secret?: string
}

export const DINGTALK_TOKEN = 'dt0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd'
export const WECOM_KEY = '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa'
export const FEISHU_TOKEN = 'fs-3f5c2a7e-0d5c-4d8e-9c7b-1a2b3c4d5e6f'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export interface Robot extends FakeService {
  /** As people get it from the service. */
  readonly url: string
}

const DINGTALK_MAX_BYTES = 20_000

export async function startDingtalk({ nowMs, secret }: RobotOptions): Promise<Robot> {
  const isTooFast = createLimiter(20, MINUTE_MS, nowMs)
  const say = (errcode: number, errmsg: string): Reply => ({
    status: 200,
    body: JSON.stringify({ errcode, errmsg }),
  })
  const service = await startFakeService({
    path: '/robot/send',
    fine: say(0, 'ok'),
    refuse({ query, headers, body }) {
      if (query.get('access_token') !== DINGTALK_TOKEN) return say(300001, 'token is not exist')
      if (isTooFast()) return say(130101, 'send too fast, exceed 20 times per minute')
      if (secret !== undefined && !isSignedForDingtalk(query, secret, nowMs()))
        return say(310000, 'sign not match, more: [https://example.com/help]')
      if (!/^application\/json/.test(headers['content-type'] ?? '')) return say(43004, 'content type')
      if (Buffer.byteLength(body) > DINGTALK_MAX_BYTES) return say(460101, 'message too long')
      const map = parseMap(body)
      if (textAt(map, 'msgtype') !== 'markdown') return say(400105, 'unsupported msgtype')
      return hasTexts(map) ? undefined : say(40035, 'missing parameter')
    },
  })
  return { ...service, url: `${service.origin}/robot/send?access_token=${DINGTALK_TOKEN}` }
}

function hasTexts(map: unknown): boolean {
  return ['title', 'text'].every((key) => (textAt(map, 'markdown', key) ?? '') !== '')
}

function isSignedForDingtalk(query: URLSearchParams, secret: string, nowMs: number): boolean {
  const timestamp = query.get('timestamp') ?? ''
  if (!/^\d{13}$/.test(timestamp) || Math.abs(Number(timestamp) - nowMs) > HOUR_MS) return false
  const hmac = createHmac('sha256', Buffer.from(secret))
  hmac.update(Buffer.concat([Buffer.from(timestamp), Buffer.from([10]), Buffer.from(secret)]))
  return hmac.digest().equals(Buffer.from(query.get('sign') ?? '', 'base64'))
}

const WECOM_MAX_BYTES = 4_096

export async function startWecom({ nowMs }: RobotOptions): Promise<Robot> {
  const isTooFast = createLimiter(20, MINUTE_MS, nowMs)
  const say = (errcode: number, errmsg: string): Reply => ({
    status: 200,
    body: JSON.stringify({ errcode, errmsg }),
  })
  const service = await startFakeService({
    path: '/cgi-bin/webhook/send',
    fine: say(0, 'ok'),
    refuse({ query, body }) {
      if (query.get('key') !== WECOM_KEY) return say(93000, 'invalid webhook url')
      if (isTooFast()) return say(45009, 'api freq out of limit')
      const map = parseMap(body)
      if (map === undefined) return say(47001, 'data format error')
      if (map['msgtype'] !== 'markdown') return say(40008, 'invalid message type')
      const content = textAt(map, 'markdown', 'content') ?? ''
      if (content === '') return say(44004, 'empty content')
      return Buffer.byteLength(content) > WECOM_MAX_BYTES
        ? say(40058, 'markdown.content exceed max length 4096')
        : undefined
    },
  })
  return { ...service, url: `${service.origin}/cgi-bin/webhook/send?key=${WECOM_KEY}` }
}

const FEISHU_MAX_BYTES = 20_000

export async function startFeishu({ nowMs, secret }: RobotOptions): Promise<Robot> {
  const perMinute = createLimiter(100, MINUTE_MS, nowMs)
  const perSecond = createLimiter(5, 1_000, nowMs)
  const say = (code: number, msg: string): Reply => ({
    status: 200,
    body: JSON.stringify({ code, msg, data: {} }),
  })
  const path = `/open-apis/bot/v2/hook/${FEISHU_TOKEN}`
  const service = await startFakeService({
    path,
    fine: {
      status: 200,
      body: '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
    },
    refuse({ body }) {
      const isTooFast = [perMinute(), perSecond()].includes(true)
      if (isTooFast) return say(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]')
      if (Buffer.byteLength(body) > FEISHU_MAX_BYTES) return say(19002, 'params error, body too large')
      const map = parseMap(body)
      if (map === undefined) return say(9499, 'Bad Request')
      if (secret !== undefined && !isSignedForFeishu(map, secret, nowMs()))
        return say(19021, 'sign match fail or timestamp is not within one hour from current time')
      if (map['msg_type'] !== 'interactive') return say(19002, 'params error, msg_type need')
      return isCard(map['card']) ? undefined : say(11246, 'card content is wrong')
    },
  })
  return { ...service, url: `${service.origin}${path}` }
}

function isSignedForFeishu(map: Readonly<Record<string, unknown>>, secret: string, nowMs: number): boolean {
  const { timestamp, sign } = map
  if (typeof timestamp !== 'string' || typeof sign !== 'string' || !/^\d{10}$/.test(timestamp)) return false
  if (Math.abs(Number(timestamp) * 1_000 - nowMs) > HOUR_MS) return false
  const hmac = createHmac(
    'sha256',
    Buffer.concat([Buffer.from(timestamp), Buffer.from([10]), Buffer.from(secret)]),
  )
  return hmac.digest().equals(Buffer.from(sign, 'base64'))
}

const CARD_TAGS = new Set(['div', 'action', 'note', 'hr'])

function isCard(card: unknown): boolean {
  const elements = typeof card === 'object' && card !== null && 'elements' in card ? card.elements : undefined
  const title = textAt(card, 'header', 'title', 'content') ?? ''
  return (
    title !== '' &&
    textAt(card, 'header', 'title', 'tag') === 'plain_text' &&
    Array.isArray(elements) &&
    elements.length > 0 &&
    elements.every((element) => CARD_TAGS.has(textAt(element, 'tag') ?? ''))
  )
}

export const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'

export async function startSlack({ nowMs }: RobotOptions): Promise<Robot> {
  const isTooFast = createLimiter(1, 1_000, nowMs)
  const service = await startFakeService({
    path: SLACK_PATH,
    fine: { status: 200, body: 'ok' },
    refuse({ body }: Posted) {
      if (isTooFast()) return { status: 429, body: 'rate_limited', headers: { 'retry-after': '1' } }
      const map = parseMap(body)
      if (map === undefined) return { status: 400, body: 'invalid_payload' }
      if ((textAt(map, 'text') ?? '') === '') return { status: 400, body: 'no_text' }
      const [attachment] = Array.isArray(map['attachments']) ? (map['attachments'] as unknown[]) : []
      const blocks = (attachment as { blocks?: unknown } | undefined)?.blocks
      return Array.isArray(blocks) && blocks.length <= 50 && blocks.every(isBlock)
        ? undefined
        : { status: 400, body: 'invalid_blocks' }
    },
  })
  return { ...service, url: `${service.origin}${SLACK_PATH}` }
}

function isBlock(block: unknown): boolean {
  const type = textAt(block, 'type')
  if (type === 'context') return true
  const text = textAt(block, 'text', 'text') ?? ''
  const most = type === 'header' ? 150 : type === 'section' ? 3_000 : 0
  return text !== '' && text.length <= most
}
