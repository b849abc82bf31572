// What people read, word by word. Whoever changes a sentence changes it here, and reads the whole message once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../core/alert.ts'
import { HOUR_MS, MINUTE_MS, NOON_MS, toBurnFacts, toDown } from '../fixtures/alerts.ts'
import type { Language } from '../notifier.ts'
import { describeBeat, describeGroup, describeMany, describeTest, type GroupStory } from './describe.ts'

const BURN: Alert = {
  name: 'SloBudgetBurn',
  labels: { slo: 'chat-first-token', model: 'qwen3*' },
  severity: 'page',
  startedAtMs: NOON_MS,
  facts: toBurnFacts({
    blamed: [
      { phase: 'queue', backend: 'ollama-2', model: 'qwen3:32b', band: '4k-16k tokens', shareRatio: 0.712 },
      { phase: 'load', backend: 'ollama-1', model: undefined, band: undefined, shareRatio: 0.2 },
      { phase: 'idle_timeout', backend: undefined, model: undefined, band: undefined, shareRatio: 0.04 },
    ],
  }),
}

const LINKS = {
  console: 'https://weir.example/slo/{slo}',
  dashboard: 'https://grafana.example/d/weir?var-slo={slo}&from={from}&to={to}',
  logs: 'https://logs.example/q?zone={zone}',
  runbook: undefined,
}

const telling = (language: Language, nowMs = NOON_MS + 12 * MINUTE_MS) => ({
  ...{ language, links: LINKS, nowMs },
  timeZone: language === 'zh' ? 'Asia/Shanghai' : 'UTC',
})

function toStory(change: Partial<GroupStory> = {}, alerts: readonly Alert[] = [BURN]): GroupStory {
  return {
    ...{ id: 'g', notificationId: 'n', kind: 'firing', severity: 'page', name: 'SloBudgetBurn' },
    labels: { slo: 'chat-first-token', model: 'qwen3*' },
    alerts: alerts.map((alert) => ({ alert, endedAtMs: change.endedAtMs })),
    ...{ over: [], startedAtMs: NOON_MS, endedAtMs: undefined, relapses: 0, quietNeededMs: 2 * MINUTE_MS },
    ...{ late: undefined, runbook: 'https://wiki.example/slow' },
    ...change,
  }
}

test('English: an objective that burns', () => {
  const { title, text } = describeGroup(toStory(), telling('en'))
  assert.equal(title, 'PAGE: chat-first-token spends its error budget 16.2 times too fast')
  assert.equal(
    text,
    `84 of 120 requests in the last 1 h broke the promise (95% of first tokens within 2s). For model qwen3*. Since 2026-10-03 12:00 UTC (12 min).

Where it comes from: 71 % waiting in the queue on ollama-2 for qwen3:32b with 4k-16k tokens; 20 % loading the model on ollama-1.

Promise: 95% of first tokens within 2s
Attained: 94.1 % over 30 days, target 95 %
Error budget: 12 % left
Spent at this rate in: 3 h
Burn rate: 16.2x over 1 h and 5 min, limit 14.4x

Console: https://weir.example/slo/chat-first-token
Dashboard: https://grafana.example/d/weir?var-slo=chat-first-token&from=1791027900000&to=1791029520000
Runbook: https://wiki.example/slow

To silence it:
weir alerts silence alert=SloBudgetBurn slo=chat-first-token 'model=qwen3*' --for 2h --reason "..."`,
  )
})

test('who is paged for a promise reads which backend does not answer, and for which models', () => {
  const models = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const facts = toBurnFacts({
    down: [
      { backend: 'gpu-1', models },
      { backend: 'gpu-2', models: [] },
    ],
  })
  const lineOf = (language: Language): string | undefined =>
    describeGroup(toStory({}, [{ ...BURN, facts }]), telling(language)).text.split('\n\n')[1]
  assert.equal(lineOf('en'), 'No answer from backend gpu-1 (a, b, c, d, e and 2 more); backend gpu-2.')
  assert.equal(lineOf('zh'), '无响应的后端：gpu-1（模型 a、b、c、d、e 等 7 个）；gpu-2。')
})

test('who reads of a queue also reads that its backend has become slow', () => {
  const blamed = [
    { phase: 'queue', backend: 'gpu-2', model: 'm', band: undefined, shareRatio: 0.9, slowdown: 4 },
  ]
  const lineOf = (language: Language): string | undefined =>
    describeGroup(toStory({}, [{ ...BURN, facts: toBurnFacts({ blamed }) }]), telling(language)).text.split(
      '\n\n',
    )[1]
  assert.match(lineOf('en') ?? '', /on gpu-2 for m \(because it generates 4 times slower than usual\)/)
  assert.match(lineOf('zh') ?? '', /（后端 gpu-2，模型 m，因其生成速度慢至平时的 1\/4）/)
})

test('Chinese: an objective that burns', () => {
  const { title, text } = describeGroup(toStory(), telling('zh'))
  assert.equal(title, '【紧急】chat-first-token 的错误预算消耗过快，为允许速度的 16.2 倍')
  assert.equal(
    text,
    `最近 1 小时的 120 个请求中有 84 个未达到目标（95% 的首个 token 在 2 秒内返回）。影响范围：模型 qwen3*。开始于 2026-10-03 20:00 Asia/Shanghai（已持续 12 分钟）。

原因分布：排队等待占 71%（后端 ollama-2，模型 qwen3:32b，提示词 4k-16k tokens）；加载模型占 20%（后端 ollama-1）。

目标：95% 的首个 token 在 2 秒内返回
实际：30 天内 94.1%，目标 95%
错误预算：剩余 12%
按此速度耗尽还需：3 小时
消耗速度：1 小时与 5 分钟内 16.2 倍，上限 14.4 倍

控制台：https://weir.example/slo/chat-first-token
仪表盘：https://grafana.example/d/weir?var-slo=chat-first-token&from=1791027900000&to=1791029520000
处理手册：https://wiki.example/slow

静默此告警：
weir alerts silence alert=SloBudgetBurn slo=chat-first-token 'model=qwen3*' --for 2h --reason "..."`,
  )
})

test('what is over says how long it lasted, and offers no silence', () => {
  const over = toStory({ kind: 'resolved', endedAtMs: NOON_MS + 42 * MINUTE_MS })
  const english = describeGroup(over, telling('en', NOON_MS + HOUR_MS))
  assert.equal(
    english.title,
    'RESOLVED (PAGE): chat-first-token spends its error budget 16.2 times too fast, over after 42 min',
  )
  assert.match(english.text, /It lasted from 2026-10-03 12:00 UTC to 2026-10-03 12:42 UTC \(42 min\)\./)
  assert.equal(english.silenceCommand, undefined)
  const chinese = describeGroup(over, telling('zh', NOON_MS + HOUR_MS))
  assert.equal(
    chinese.title,
    '【已恢复·紧急】chat-first-token 的错误预算消耗过快，为允许速度的 16.2 倍，持续 42 分钟',
  )
  assert.match(
    chinese.text,
    /从 2026-10-03 20:00 Asia\/Shanghai 到 2026-10-03 20:42 Asia\/Shanghai，共 42 分钟。/,
  )
})

test('backends that are down together are one line each, and the title counts them', () => {
  const downs = ['a', 'b', 'c'].map((name) => toDown(name))
  const story = toStory({ name: 'BackendDown', labels: {} }, downs)
  const message = describeGroup(story, telling('en'))
  assert.equal(message.title, 'PAGE: backend a does not answer (and 2 more)')
  assert.deepEqual(message.paragraphs, [
    'Backend a does not answer: connection refused.',
    'Backend b does not answer: connection refused.',
    'Backend c does not answer: connection refused.',
    'Since 2026-10-03 12:00 UTC (12 min).',
  ])
  assert.equal(message.silenceCommand, 'weir alerts silence alert=BackendDown --for 2h --reason "..."')
  const zh = describeGroup(story, telling('zh'))
  assert.equal(zh.title, '【紧急】后端 a 无响应（另有 2 条）')
})

test('the silence of one backend leaves the others heard', () => {
  const { silenceCommand } = describeGroup(
    toStory({ name: 'BackendDown', labels: {} }, [toDown('gpu-1')]),
    telling('en'),
  )
  assert.equal(silenceCommand, 'weir alerts silence alert=BackendDown backend=gpu-1 --for 2h --reason "..."')
})

test('Chinese sets a code apart from the words around it', () => {
  const slice = {
    phase: 'backend_unreachable',
    backend: 'b',
    model: undefined,
    band: undefined,
    shareRatio: 1,
  }
  const burn: Alert = { ...BURN, facts: toBurnFacts({ blamed: [slice] }) }
  const { text } = describeGroup(toStory({}, [burn]), telling('zh'))
  assert.match(text, /原因分布：backend_unreachable 占 100%（后端 b）。/)
})

test('what came back, what was late and what is partly over says so', () => {
  const story = toStory({
    relapses: 3,
    quietNeededMs: 16 * MINUTE_MS,
    over: [{ alert: toDown('x'), endedAtMs: NOON_MS }],
  })
  const { paragraphs } = describeGroup(story, telling('en'))
  assert.deepEqual(paragraphs.slice(2), [
    '1 alert of this group is over.',
    'It has come back 3 times lately, so it counts as over only after 16 min of quiet.',
  ])
  const late = toStory({ kind: 'resolved', endedAtMs: NOON_MS + 1, late: { reason: 'status 503' } })
  assert.equal(describeGroup(late, telling('zh')).paragraphs.at(-1), '告警期间未能送达：status 503。')
})

test('a storm is one line a group, what fires first', () => {
  const stories = [
    toStory({ kind: 'resolved', endedAtMs: NOON_MS + MINUTE_MS }),
    toStory({ id: 'h', severity: 'ticket' }),
  ]
  const message = describeMany(stories, telling('en'))
  assert.equal(message.title, 'ALERTS: 1 firing, 1 over')
  assert.equal(message.severity, 'ticket', 'the page among them is over')
  assert.deepEqual(
    message.paragraphs.map((line) => line.split(':')[0]),
    ['TICKET', 'RESOLVED (PAGE)'],
  )
  assert.equal(message.alerts.length, 2)
})

test('a test says in its first word that it is one, in both languages', () => {
  const { title, text } = describeTest('oncall', { language: 'en', nowMs: 0 })
  assert.equal(title, 'TEST: Weir can reach oncall')
  assert.match(text, /Nothing is wrong\./)
  assert.equal(describeTest('oncall', { language: 'zh', nowMs: 0 }).title, '【测试】Weir 可以通知到 oncall')
  assert.equal(describeBeat({ language: 'en', nowMs: 0 }).title, 'HEARTBEAT: Weir is watching')
})

test('Markdown of others shows as it is, and a link cannot be broken out of', () => {
  const evil = { ...toDown('a](https://evil.example) *b*'), labels: { backend: '../x y>' } }
  const { markdown, links } = describeGroup(toStory({ runbook: 'https://wiki.example/a b>c' }, [evil]), {
    ...telling('en'),
    links: { ...LINKS, console: 'https://weir.example/{backend}' },
  })
  assert.ok(markdown.includes('a\\](https://evil.example) \\*b\\*'))
  assert.equal(links[0]?.url, 'https://weir.example/..%2Fx%20y%3E')
  assert.ok(markdown.includes('[Runbook](<https://wiki.example/a%20b%3Ec>)'))
})
