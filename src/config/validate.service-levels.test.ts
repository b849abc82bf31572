// Objectives, maintenance and threshold rules as people write them, and every way to write them wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { adviseOn } from './advise.ts'
import { configOf, problemsOf, settingsOf } from './fixtures/validated.ts'
import { printConfig } from './print.ts'

const DAY_MS = 86_400_000

const slo = (rest: string): string =>
  `slos: [{ name: chat, sli: availability, objective: 99%${rest === '' ? '' : `, ${rest}`} }]`
const latency = (rest: string): string =>
  `slos: [{ name: chat, sli: { duration: 3s }, objective: 99%, ${rest} }]`
const rule = (rest: string): string => `alerts: { rules: [{ name: slow, ${rest} }] }`
const BACKENDS = 'backends: [{ name: ollama, url: "http://127.0.0.1:1" }]\n'
const EXPECT_SLI =
  'expected availability, or one threshold such as { firstToken: 2s }, of duration, firstToken, perToken, interToken, guard'
const EXPECT_PROMISE =
  'expected a ratio from 50% to below 100%, such as 99.5%: a promise without exception has no error budget'

const RULES: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
  'an objective has a name, an indicator and a target': [
    'slos: [{}]',
    'slos[0].name: is missing: expected letters, digits, dots, dashes and underscores, at most 63, a letter or digit first',
    `slos[0].sli: ${EXPECT_SLI}`,
    `slos[0].objective: is missing: ${EXPECT_PROMISE}`,
  ],
  'an indicator is one that Weir knows': [
    'slos: [{ name: a, sli: latency, objective: 99% }]',
    `slos[0].sli: ${EXPECT_SLI}, found "latency"`,
  ],
  'an indicator has one threshold': [
    'slos: [{ name: a, sli: { duration: 3s, firstToken: 1s }, objective: 99% }]',
    `slos[0].sli: ${EXPECT_SLI}, found a map`,
  ],
  'a threshold has a unit': [
    'slos: [{ name: a, sli: { duration: 3000 }, objective: 99% }]',
    'slos[0].sli.duration: expected a duration such as 250ms or 3s, found 3000',
  ],
  'a hundred per cent is no objective': [
    'slos: [{ name: a, sli: availability, objective: 100% }]',
    `slos[0].objective: ${EXPECT_PROMISE}, found "100%"`,
  ],
  'less than a half is none either': [
    'slos: [{ name: a, sli: availability, objective: 0.4 }]',
    `slos[0].objective: ${EXPECT_PROMISE}, found 0.4`,
  ],
  'a percentage has its sign': [
    'slos: [{ name: a, sli: availability, objective: 99.5 }]',
    `slos[0].objective: ${EXPECT_PROMISE}, found 99.5`,
  ],
  'a window is whole days or a month': [
    slo('window: 36h'),
    'slos[0].window: expected whole days such as 7d, 28d or 30d, or month, found "36h"',
  ],
  'a window is not longer than what is kept of it': [
    `records: { keepHours: 60d }\n${slo('window: 90d')}`,
    'slos[0].window: 90d is longer than counts are kept (records.keepHours: 60d), found "90d"; keep them longer, or shorten the window',
  ],
  'minutes are kept as long as alerts look back': [
    `records: { keepMinutes: 1d }\n${slo('')}`,
    'records.keepMinutes: an alert of chat looks back 3d, and the counts of minutes are kept for 1d, found "1d"; keep them longer',
  ],
  'objectives need a store': [
    `records: { store: off }\n${slo('')}`,
    'records.store: objectives are counted in the store of records, and there would be none; write sqlite, or leave the objectives out',
  ],
  'two objectives have two names': [
    'slos:\n  - { name: a, sli: availability, objective: 99% }\n  - { name: a, sli: { duration: 3s }, objective: 95% }',
    'slos[1].name: is the same as slos[0].name, found "a"; give each a name of its own',
  ],
  'what a target is translated to has a name of its own': [
    'slos: [{ name: error-rate, sli: availability, objective: 99% }]\nsla_targets: { error_rate: 0.1% }',
    'sla_targets.error_rate: becomes an objective called error-rate, as slos[0].name is, found "0.1%"; give each a name of its own',
  ],
  'a zone exists': [
    slo('window: month, timeZone: Europe/Bern'),
    'slos[0].timeZone: expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai, found "Europe/Bern"',
  ],
  'a zone is for months': [
    slo('timeZone: Europe/Berlin'),
    'slos[0].timeZone: counts only for a month, found "Europe/Berlin"; write window: month, or leave it out',
  ],
  'a backend of a scope is there': [
    BACKENDS + slo('match: { backend: olama }'),
    'slos[0].match.backend: no backend has this name, found "olama"; did you mean ollama?',
  ],
  'a route is a path': [
    slo('match: { route: v1/chat }'),
    'slos[0].match.route: expected a path such as /v1/chat/completions or /v1/*, found "v1/chat"',
  ],
  'a failed load is not left out of availability': [
    slo('exclude: [cold]'),
    'slos[0].exclude: a model that cannot be loaded is not available; only thresholds leave cold requests out, found a list; leave cold out',
  ],
  'only what can be left out is': [
    latency('exclude: [slow]'),
    'slos[0].exclude[0]: expected cold, found "slow"',
  ],
  'no data is a while': [
    slo('noData: 10s'),
    'slos[0].noData: expected a duration from 5m to 24d, or off, found "10s"',
  ],
  'burn windows are whole minutes, the short one shorter, within the window of the objective': [
    slo('window: 7d, alerts: [{ severity: page, long: 8d, short: 90s, factor: 2 }]'),
    'slos[0].alerts[0].short: expected whole minutes, found "90s"; events are counted by the minute',
    'slos[0].alerts[0].long: 8d is longer than the window of the objective (7d), found "8d"; shorten it',
  ],
  'a short window is shorter': [
    slo('alerts: [{ severity: page, long: 1h, short: 1h, factor: 2 }]'),
    'slos[0].alerts[0].short: 1h is not shorter than long (1h), found "1h"; a twelfth of long is usual',
  ],
  'a factor is a number': [
    slo('alerts: [{ severity: page, long: 1h, short: 5m, factor: fast }]'),
    'slos[0].alerts[0].factor: expected a number from 0.1 to 1000, such as 14.4, found "fast"',
  ],
  'a runbook is a URL': [
    slo('runbook: see wiki'),
    'slos[0].runbook: expected a URL such as https://wiki.example/slow-answers, found "see wiki"',
  ],
  'a target is one that Weir can translate': [
    'sla_targets: { p95_responsetime: 3s }',
    'sla_targets.p95_responsetime: is not a key that Weir knows; did you mean p95_response_time?',
  ],
  'a target has a threshold of its kind': [
    'sla_targets: { p95_response_time: { threshold: 3000 }, availability: 99.5, error_rate: { threshold: 0% }, tokens_per_second: fast }',
    'sla_targets.p95_response_time.threshold: expected a duration such as 3000ms, found 3000',
    'sla_targets.availability: expected a ratio from 50% to below 100%, such as 99.5%, found 99.5',
    'sla_targets.error_rate.threshold: expected a ratio above 0% and up to 50%, such as 0.1%, found "0%"',
    'sla_targets.tokens_per_second: expected tokens per second, such as 20, found "fast"',
  ],
  'a target has no other keys': [
    'sla_targets: { availability: { threshold: 99.5%, period: month, window: 3h, description: 7 } }',
    'sla_targets.availability.period: is not a key that Weir knows; possible here: threshold, description, window, found "month"',
    'sla_targets.availability.description: expected text, found 7',
    'sla_targets.availability.window: expected whole days such as 7d, 28d or 30d, or month, found "3h"',
  ],
  'maintenance comes once or every week': [
    'maintenance: [{ name: a }, { name: b, from: "2026-12-31T22:00:00Z", to: "2027-01-01T02:00:00Z", weekly: { days: [sat], from: "22:00", to: "02:00" } }]',
    'maintenance[0]: has no beginning and end, found a map; write from and to, or weekly',
    'maintenance[1]: comes once and every week, found a map; write from and to, or weekly',
  ],
  'maintenance ends after it begins': [
    'maintenance: [{ name: a, from: "2026-12-31T22:00:00Z", to: "2026-12-31T22:00:00+01:00" }]',
    'maintenance[0].to: is not after from, found "2026-12-31T22:00:00+01:00"; let it end after it begins',
  ],
  'maintenance begins at a moment': [
    'maintenance: [{ name: a, from: 2026-12-31, to: "2027-01-01T02:00:00Z" }]',
    'maintenance[0].from: expected a moment with its zone such as 2026-12-31T22:00:00Z, found "2026-12-31"',
  ],
  'a time of day is one': [
    'maintenance: [{ name: a, weekly: { days: [], from: "24:00", to: 10pm } }]',
    'maintenance[0].weekly.days: expected at least one day, found a list',
    'maintenance[0].weekly.from: expected a time of day such as 22:00, found "24:00"',
    'maintenance[0].weekly.to: expected a time of day such as 22:00, found "10pm"',
  ],
  'moments have their zones already': [
    'maintenance: [{ name: a, from: "2026-12-31T22:00:00Z", to: "2027-01-01T02:00:00Z", timeZone: UTC }]',
    'maintenance[0].timeZone: counts only for a weekly one, found "UTC"; from and to name their zone themselves',
  ],
  'a rule has a threshold': [
    rule('measure: duration'),
    'alerts.rules[0]: has no threshold, found a map; write above: 3s',
  ],
  'a threshold is of the kind of its measure': [
    rule('measure: duration, above: 5%'),
    'alerts.rules[0].above: expected a duration such as 3s, found "5%"',
  ],
  'a share is below all': [
    rule('measure: errors, above: 100%'),
    'alerts.rules[0].above: expected a ratio from 0% to below 100%, such as 5%, found "100%"',
  ],
  'a temperature is in degrees': [
    rule('measure: gpuTemperature, above: 90C'),
    'alerts.rules[0].above: expected degrees Celsius such as 90, found "90C"',
  ],
  'a backend is down or not': [
    rule('measure: backendDown, above: 2'),
    'alerts.rules[0].above: backendDown has no threshold, found 2; leave it out; for says how long a backend may be away',
  ],
  'only latencies have quantiles': [
    rule('measure: errors, above: 1%, quantile: p99'),
    'alerts.rules[0].quantile: errors has no quantiles, found "p99"; leave it out',
  ],
  'a gauge has no scope': [
    rule('measure: hostMemory, above: 85%, match: { model: "qwen*" }'),
    'alerts.rules[0].match.model: does not tell one hostMemory from another, found "qwen*"; leave it out',
  ],
  'a rule over requests is over whole minutes': [
    rule('measure: duration, above: 3s, over: 90s'),
    'alerts.rules[0].over: expected whole minutes, found "90s"; events are counted by the minute',
  ],
  'two rules have two names': [
    'alerts: { rules: [{ name: a, measure: backendDown }, { name: a, measure: errors, above: 1% }] }',
    'alerts.rules[1].name: is the same as alerts.rules[0].name, found "a"; give each a name of its own',
  ],
}

for (const [rule, [text, ...problems]] of Object.entries(RULES)) {
  test(rule, () => {
    assert.deepEqual(problemsOf(text), problems)
  })
}

test('an objective is read with its defaults', () => {
  assert.deepEqual(configOf(latency('')).serviceLevels.slos, [
    {
      name: 'chat',
      match: {},
      sli: { kind: 'duration', thresholdMs: 3_000 },
      objective: 0.99,
      window: { kind: 'rolling', days: 30 },
      minEvents: 20,
      exclude: [],
      noData: 3 * DAY_MS,
    },
  ])
})

const BLOCK = `
sla_targets:
  p95_response_time: { threshold: 3000ms, description: 95 of 100 answers within three seconds }
  p99_response_time: { threshold: 5000ms }
  availability: { threshold: 99.5%, window: month }
  error_rate: { threshold: 0.1% }
`

test('the block of targets becomes objectives', () => {
  const { slos } = configOf(BLOCK).serviceLevels
  assert.deepEqual(
    slos.map(({ name, sli, objective, window }) => ({ name, sli, objective, window })),
    [
      ['p95-response-time', { kind: 'duration', thresholdMs: 3_000 }, 0.95, { kind: 'rolling', days: 30 }],
      ['p99-response-time', { kind: 'duration', thresholdMs: 5_000 }, 0.99, { kind: 'rolling', days: 30 }],
      ['availability', { kind: 'availability' }, 0.995, { kind: 'month' }],
      ['error-rate', { kind: 'availability' }, 0.999, { kind: 'rolling', days: 30 }],
    ].map(([name, sli, objective, window]) => ({ name, sli, objective, window })),
  )
  assert.equal(slos[0]?.description, '95 of 100 answers within three seconds')
  assert.deepEqual(
    slos.map(({ alerts }) => alerts),
    [undefined, undefined, [], undefined],
  )
})

test('targets that contradict each other are said, and the stricter one alerts', () => {
  assert.deepEqual(adviseOn(settingsOf(BLOCK)), [
    'sla_targets.availability is an availability of 99.5% and counts the same requests as sla_targets.error_rate (99.9%): whenever it is broken, the stricter one is too, so only that one alerts',
  ])
})

test('targets that say the same become one objective', () => {
  const text = 'sla_targets: { availability: 99.9%, error_rate: 0.1% }'
  assert.deepEqual(
    configOf(text).serviceLevels.slos.map(({ name }) => name),
    ['availability'],
  )
  assert.deepEqual(adviseOn(settingsOf(text)), [
    'sla_targets.error_rate is an availability of 99.9%, the same as sla_targets.availability (99.9%): they are one objective',
  ])
})

test('tokens per second and first tokens are translated too', () => {
  const { slos } = configOf(
    'sla_targets: { tokens_per_second: 20, p90_first_token_time: 800ms }',
  ).serviceLevels
  assert.deepEqual(
    slos.map(({ sli, objective }) => [sli, objective]),
    [
      [{ kind: 'firstToken', thresholdMs: 800 }, 0.9],
      [{ kind: 'perToken', thresholdMs: 50 }, 0.95],
    ],
  )
})

const ADVICE: Readonly<Record<string, readonly [text: string, ...advice: string[]]>> = {
  'what could never fire is rescaled, and said': [
    'slos: [{ name: a, sli: { duration: 3s }, objective: 90% }]',
    'objective a: at 90%, a burn rate of 14.4 would need 144% of all requests to be bad and could never fire; over 1h and 5m the alert comes at 8 instead, which is 80%',
  ],
  'a share that no factor meets exactly is rounded': [
    'slos: [{ name: a, sli: { duration: 3s }, objective: 92.1% }]',
    'objective a: at 92.1%, a burn rate of 14.4 would need 113.76% of all requests to be bad and could never fire; over 1h and 5m the alert comes at 10.13 instead, which is 80%',
  ],
  'a factor of somebody is rescaled the same way': [
    slo('alerts: [{ severity: page, long: 30m, short: 5m, factor: 200 }]'),
    'objective chat: at 99%, a burn rate of 200 would need 200% of all requests to be bad and could never fire; over 30m and 5m the alert comes at 80 instead, which is 80%',
  ],
  'a promise that another makes already is superfluous': [
    'slos:\n  - { name: a, sli: { duration: 5s }, objective: 95% }\n  - { name: b, sli: { duration: 3s }, objective: 99% }',
    'objective a (95% duration 5s) is kept whenever b (99% duration 3s) is: one of them is enough',
  ],
  'of two that are the same, one is superfluous': [
    'slos:\n  - { name: a, sli: availability, objective: 99% }\n  - { name: b, sli: availability, objective: 99% }',
    'objective b (99% availability) is kept whenever a (99% availability) is: one of them is enough',
  ],
  'a tenant that no key of the file has': [
    slo('match: { tenant: north }'),
    'objective chat: no key or tenant of the file is called north; it counts nothing unless a key made by `weir keys create` has this tenant',
  ],
  'a guard that is not there': [
    'slos: [{ name: a, sli: { guard: 300ms }, objective: 99% }]',
    'objective a: nothing is checked by a guard in this version, so it counts nothing',
  ],
  'the memory that vLLM takes by design': [
    'backends: [{ name: v, url: "http://127.0.0.1:1", kind: vllm }]\nalerts: { rules: [{ name: gpu, measure: gpuMemory, above: 90% }] }',
    'rule gpu: vLLM takes about 90% of the GPU memory at its start by design, so above 90% it holds all the time; watch its queue, or use a higher threshold',
  ],
  'nothing where all is well': [slo('match: { tenant: north }') + '\ntenants: [{ name: north }]'],
}

for (const [what, [text, ...advice]] of Object.entries(ADVICE)) {
  test(`advice: ${what}`, () => {
    assert.deepEqual(adviseOn(settingsOf(text)), advice)
  })
}

const FULL = `
slos:
  - name: first
    description: somebody waits
    match: { model: "qwen3*", route: /v1/chat/completions, tenant: north, backend: "*" }
    sli: { firstToken: 1500ms }
    objective: 97.5%
    window: month
    timeZone: Asia/Shanghai
    minEvents: 50
    exclude: [cold]
    noData: off
    alerts: [{ severity: ticket, long: 1d, short: 2h, factor: 3 }]
    runbook: https://wiki.example/first
maintenance:
  - { name: move, from: "2026-12-31T22:00:00Z", to: "2027-01-01T02:00:00Z" }
  - { name: backup, weekly: { days: [sat, sun], from: "22:30", to: "02:00" }, timeZone: Europe/Berlin }
alerts:
  rules:
    - { name: p99, measure: duration, quantile: p99, above: 5s, over: 10m, for: 1m, severity: page }
    - { name: gone, measure: backendDown, for: 1m, match: { backend: "ollama*" } }
`

test('what is printed can be read again, and comes to the same', () => {
  for (const text of [FULL, BLOCK, slo('')]) {
    const config = configOf(text)
    for (const format of ['yaml', 'json'] as const) {
      const again = configOf(printConfig(config, format))
      assert.deepEqual(again.serviceLevels, config.serviceLevels)
    }
  }
})

test('a block of targets is printed as the objectives it came to', () => {
  const printed = parse(printConfig(configOf(BLOCK), 'yaml')) as { slos: unknown[]; sla_targets?: unknown }
  assert.equal(printed.sla_targets, undefined)
  assert.deepEqual(printed.slos[0], {
    name: 'p95-response-time',
    description: '95 of 100 answers within three seconds',
    match: {},
    sli: { duration: '3s' },
    objective: '95%',
    window: '30d',
    minEvents: 20,
    exclude: [],
    noData: '3d',
  })
})
