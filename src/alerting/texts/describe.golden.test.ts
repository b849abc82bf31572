// What people read, word by word. Whoever changes a sentence changes it here, and reads the whole message once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert, Spending } from '../../core/alert.ts'
import {
  HOUR_MS,
  MINUTE_MS,
  NOON_MS,
  toBurnFacts,
  toDown,
  toExhausted,
  toObjectiveFacts,
} from '../fixtures/alerts.ts'
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
  assert.equal(title, 'PAGE: chat-first-token spends its error budget 16.2 times as fast as allowed')
  assert.equal(
    text,
    `84 of 120 requests in the last hour broke the promise (95 % of first tokens within 2 s). For model qwen3*. Since 2026-10-03 12:00 UTC (12 min).

Causes: 71 % waiting in the queue on ollama-2 for qwen3:32b with 4k-16k tokens; 20 % loading the model on ollama-1.

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
  assert.match(lineOf('zh') ?? '', /（后端 gpu-2，模型 m，因其生成耗时为平时的 4 倍）/)
})

test('Chinese: an objective that burns', () => {
  const { title, text } = describeGroup(toStory(), telling('zh'))
  assert.equal(title, '【紧急】chat-first-token 的错误预算消耗过快，为允许速度的 16.2 倍')
  assert.equal(
    text,
    `最近 1 小时的 120 个请求中有 84 个未达到目标（95% 的首个 token 在 2 秒内返回）。影响范围：模型 qwen3*。开始于 2026-10-03 20:00 Asia/Shanghai（已持续 12 分钟）。

原因分布：排队等待占 71%（后端 ollama-2，模型 qwen3:32b，提示词 4k-16k tokens）；加载模型占 20%（后端 ollama-1）。

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
    'RESOLVED (PAGE): chat-first-token spends its error budget 16.2 times as fast as allowed, over after 42 min',
  )
  assert.match(english.text, /It lasted from 2026-10-03 12:00 to 12:42 UTC \(42 min\)\./)
  assert.equal(english.silenceCommand, undefined)
  const chinese = describeGroup(over, telling('zh', NOON_MS + HOUR_MS))
  assert.equal(
    chinese.title,
    '【已恢复·紧急】chat-first-token 的错误预算消耗过快，为允许速度的 16.2 倍，历时 42 分钟',
  )
  assert.match(chinese.text, /从 2026-10-03 20:00 到 20:42 Asia\/Shanghai，共 42 分钟。/)
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
  assert.match(text, /原因分布：后端无法连接（backend_unreachable）占 100%（后端 b）。/)
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
  assert.equal(message.title, 'TICKET: 1 alert firing, 1 over')
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

const EXHAUSTED = toExhausted('chat-first-token', NOON_MS)

test('whoever reads that a budget is spent reads whether that goes on: the ticket that says so is hidden by this one', () => {
  const textOf = (spending: Spending | undefined, language: Language): string => {
    const facts = { kind: 'exhausted' as const, slo: toObjectiveFacts(), spending }
    const [first] = describeGroup(
      toStory({ severity: 'ticket' }, [{ ...EXHAUSTED, facts }]),
      telling(language),
    ).paragraphs
    return first ?? ''
  }
  const over = (recentBurnRate: number | undefined): Spending => ({
    ...{ burnRate: 24.8111, longWindow: '3d', recentBurnRate, recentWindow: '5m' },
  })
  assert.match(
    textOf(over(1.3111), 'en'),
    /is spent \(.+\)\. It is still being overspent: 24\.8 times as fast as allowed over the last 3 d, 1\.31 times over the last 5 min\. Since/,
  )
  for (const quiet of [0, 1, undefined]) {
    assert.match(
      textOf(over(quiet), 'en'),
      /Over the last 3 d it was spent 24\.8 times as fast as allowed, but in the last 5 min it was not overspent\. Since/,
    )
    assert.match(
      textOf(over(quiet), 'zh'),
      /最近 3 天的消耗速度为允许速度的 24\.8 倍，但最近 5 分钟已在允许范围内。开始于/,
    )
  }
  assert.match(
    textOf(over(1.3111), 'zh'),
    /已用尽（.+）。目前仍在超速消耗：最近 3 天为允许速度的 24\.8 倍，最近 5 分钟为 1\.31 倍。开始于/,
  )
  assert.match(textOf(undefined, 'en'), /It is not being overspent now\. Since/)
  assert.match(textOf(undefined, 'zh'), /目前消耗速度在允许范围内。开始于/)
})

test('of a budget that is hardly more than spent nothing more is said, and of one spent many times how many', () => {
  const rowOf = (budgetRemainingRatio: number): string | undefined => {
    const facts = { kind: 'exhausted' as const, slo: toObjectiveFacts({ budgetRemainingRatio }) }
    return describeGroup(toStory({}, [{ ...EXHAUSTED, facts }]), telling('en')).facts[1]?.text
  }
  assert.deepEqual([-0.0004, -0.376, -1, -12.5].map(rowOf), [
    'spent',
    'spent, and 37.6 % more',
    'spent 2 times over',
    'spent 13.5 times over',
  ])
})

test('what is over is told as it was, without what had to be hurried for', () => {
  const over = { kind: 'resolved', endedAtMs: NOON_MS + 42 * MINUTE_MS } as const
  const out = { backend: 'gpu-1', models: [] }
  const burn: Alert = { ...BURN, facts: toBurnFacts({ down: [out] }) }
  const { text, facts } = describeGroup(toStory(over, [burn]), telling('en'))
  assert.match(text, /^84 of 120 requests in an hour broke the promise/)
  assert.doesNotMatch(text, /No answer from|Burn rate|at this rate/)
  assert.deepEqual(
    facts.map(({ label }) => label),
    ['Attained', 'Error budget'],
  )
  const lineOf = (alert: Alert, language: Language): string | undefined =>
    describeGroup(toStory(over, [alert]), telling(language)).paragraphs[0]
  assert.match(
    lineOf(toDown('gpu-1'), 'en') ?? '',
    /^Backend gpu-1 did not answer: connection refused\. It lasted/,
  )
  assert.match(lineOf(toDown('gpu-1'), 'zh') ?? '', /^后端 gpu-1 此前无响应：connection refused。从/)
  const spent = describeGroup(toStory(over, [EXHAUSTED]), telling('en'))
  assert.match(spent.text, /^The error budget of 30 days was spent/)
  assert.deepEqual(spent.facts, [], 'a budget that is there again is not said to be spent')
})

test('silence is told since it began, and not since it was long enough to tell', () => {
  const facts = { kind: 'no-data' as const, slo: toObjectiveFacts(), sinceMs: 3 * 24 * HOUR_MS }
  const silent: Alert = { ...BURN, severity: 'ticket', facts }
  const firing = describeGroup(toStory({}, [silent]), telling('en', NOON_MS + HOUR_MS))
  assert.match(firing.text, /Since 2026-09-30 12:00 UTC \(3 d 1 h\)\./)
  const over = toStory({ kind: 'resolved', endedAtMs: NOON_MS + HOUR_MS }, [silent])
  assert.match(describeGroup(over, telling('en')).title, /gets no requests, over after 3 d 1 h$/)
})

test('a reading says of which GPU it is, with its unit', () => {
  const facts = {
    ...{
      kind: 'threshold' as const,
      rule: 'hot',
      measure: 'x',
      about: { kind: 'gpuTemperature', thresholdMs: undefined },
    },
    ...{ value: 91.4, threshold: 85, unit: 'count' as const, forMs: 300_000 },
  }
  const hot: Alert = { ...toDown('x'), name: 'GpuHot', labels: { rule: 'hot', gpu: '1' }, facts }
  const tellingOf = (language: Language) => {
    const { title, paragraphs } = describeGroup(toStory({}, [hot]), telling(language))
    return [title, paragraphs[0]?.split(language === 'en' ? ' Since' : '开始于')[0]]
  }
  assert.deepEqual(tellingOf('en'), [
    'PAGE: hot: GPU temperature at 91.4 °C',
    'GPU temperature: 91.4 °C, over the limit of 85 °C. On GPU 1.',
  ])
  assert.deepEqual(tellingOf('zh'), [
    '【紧急】hot：GPU 温度 91.4 °C',
    'GPU 温度为 91.4 °C，超过上限 85 °C。位置：GPU 1。',
  ])
})

test('who hears that somebody cannot be reached hears who, in the language of the receiver', () => {
  const dead: Alert = {
    ...{ name: 'AlertPipelineDead', severity: 'page', startedAtMs: NOON_MS },
    labels: { part: 'delivery', receiver: 'oncall' },
    facts: { kind: 'watchdog', broken: 'oncall cannot be reached (status 503)', reason: 'status 503' },
  }
  const zh = describeGroup(toStory({}, [dead]), telling('zh'))
  assert.equal(zh.title, '【紧急】告警无法送达 oncall')
  assert.match(zh.text, /^无法通知到 oncall：status 503。/)
  const blind: Alert = { ...dead, labels: { part: 'evaluation' } }
  assert.match(describeGroup(toStory({}, [blind]), telling('zh')).text, /^服务目标未在评估/)
})

test('a storm says how many still fire so that nobody reads them as recovered', () => {
  const stories = [
    toStory(),
    toStory({ id: 'h' }),
    toStory({ id: 'i', kind: 'resolved', endedAtMs: NOON_MS }),
  ]
  assert.equal(describeMany(stories, telling('zh')).title, '【紧急】2 条正在告警，1 条已恢复')
  assert.equal(describeMany(stories.slice(2), telling('zh')).title, '【已恢复·紧急】1 条告警')
  assert.equal(describeMany(stories.slice(2), telling('en')).title, 'RESOLVED (PAGE): 1 alert')
})
