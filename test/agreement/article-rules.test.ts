// Alerting rules as they are printed in guides to monitoring a gateway have known faults. Each is shown here to be a fault, by
// promtool, and not to be one of ours, which play the same requests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleTest } from '../../src/slo/rules.ts'
import { toStackRules } from '../../src/stack/rules/stack-rules.ts'
import { promtoolOrSkip, runPromtool } from './support/promtool.ts'
import { PLAIN, toStackInput } from './support/stack-input.ts'

/** What the same situation is to each of the two: a count of firing alerts, or a value. */
interface Trial {
  readonly name: string
  readonly series: Readonly<Record<string, string>>
  /** Query, at which minute, and its value; undefined is no data. */
  readonly checks: readonly (readonly [expr: string, minute: number, value: number | undefined])[]
}

/** As printed, but for names that are ours. */
const PRINTED = {
  groups: [
    {
      name: 'printed',
      interval: '1m',
      rules: [
        {
          record: 'printed:error_ratio',
          expr: 'rate(http_requests_total{status_code=~"5.."}[5m]) / rate(http_requests_total[5m])',
        },
        {
          alert: 'PrintedErrorRate',
          expr: 'rate(http_requests_total{status_code=~"5.."}[5m]) / rate(http_requests_total[5m]) > 0.05',
          for: '2m',
        },
        {
          alert: 'PrintedUnreachable',
          expr: 'avg_over_time(backend_call_duration_seconds_count{status="error"}[2m]) > 0',
          for: '1m',
        },
        {
          alert: 'PrintedErrorShare',
          expr: 'sum(rate(http_requests_total{status_code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.1',
        },
        {
          alert: 'PrintedLatency',
          expr: 'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m])) > 3',
        },
      ],
    },
  ],
}

const http = (status: string): string =>
  `http_requests_total{job="weir",instance="a",method="POST",endpoint="/v1/chat/completions",status_code="${status}"}`
const requests = (outcome: string): string =>
  `weir_requests_total{job="weir",instance="a",model="m",backend="b",dialect="openai",outcome="${outcome}",code=""}`
const calls = (status: string): string =>
  `backend_call_duration_seconds_count{job="weir",instance="a",backend="b",status="${status}"}`

/** So many a minute, for an hour. */
const both = (ok: string, failed: string): Readonly<Record<string, string>> => ({
  [http('200')]: ok,
  [http('502')]: failed,
  [requests('ok')]: ok,
  [requests('backend_error')]: failed,
  [calls('success')]: ok,
  [calls('error')]: failed,
})

const firing = (alert: string, labels = ''): string =>
  `count(ALERTS{alertname=~"${alert}",alertstate="firing"${labels}})`
const SHARE = 'weir:requests_failed:increase5m / weir:requests:increase5m'
const OURS = 'ErrorShareHigh|SuccessRateLow|Backend.*|LatencyHigh|TailLatencyHigh|MeanLatencyHigh'
const DAY_MINUTES = 1_440

const TRIALS: readonly Trial[] = [
  {
    name: 'one request in five fails: the share is 0.2',
    series: both('0+8x60', '0+2x60'),
    checks: [
      // Each vector divided by the one with its own labels: whatever fails, it is all of what fails.
      ['printed:error_ratio', 50, 1],
      [`round(${SHARE}, 0.001)`, 50, 0.2],
      [firing('ErrorShareHigh', ',severity="page"'), 50, 1],
    ],
  },
  {
    name: 'one request in ten thousand fails',
    series: both('0+9999x60', '0+1x60'),
    checks: [
      [firing('PrintedErrorRate'), 50, 1],
      [firing(OURS), 50, undefined],
    ],
  },
  {
    name: 'one error, and then a day in which all is well',
    series: both(`0+10x${DAY_MINUTES}`, `0x10 1x${DAY_MINUTES - 11}`),
    checks: [
      [firing('PrintedUnreachable'), DAY_MINUTES, 1],
      [firing(OURS), 15, undefined],
      [firing(OURS), DAY_MINUTES, undefined],
    ],
  },
  {
    name: 'at night, one of three requests an hour fails',
    series: both('0x10 1x19 2x30', '0x20 1x40'),
    checks: [
      // Of the three, the one that fails is alone in its five minutes: everything has failed.
      [firing('PrintedErrorShare'), 23, 1],
      [firing(OURS), 23, undefined],
      [firing(OURS), 60, undefined],
    ],
  },
  {
    name: 'every request fails, by a counter that was not there before',
    series: both('0+10x20 200x40', '_x20 10+10x40'),
    checks: [
      [firing('ErrorShareHigh', ',severity="page"'), 35, 1],
      [firing('BackendNotAnswering'), 35, 1],
    ],
  },
  {
    name: 'the gateway is gone, and all its series with it',
    series: {
      ...both('0+10x20 stale', '0+1x20 stale'),
      'up{job="weir",instance="a"}': '1x20 0x40',
    },
    checks: [
      [firing('Printed.*'), 50, undefined],
      [firing('GatewayDown', ',severity="page"'), 50, 1],
    ],
  },
  {
    name: 'nobody scrapes a gateway any more',
    series: both('0+10x20 stale', '0+1x20 stale'),
    checks: [[firing('GatewayDown', ',severity="page"'), 50, 1]],
  },
  {
    name: 'a gateway that hardly anybody uses is slow, the busy one is not',
    series: {
      ...toDurations('a', { quick: 1_000, slow: 0 }),
      ...toDurations('tiny', { quick: 0, slow: 0.2 }),
    },
    checks: [
      [firing('PrintedLatency'), 50, 1],
      [firing(OURS), 50, undefined],
    ],
  },
]

/** Under the name of the guides, with failures; and under that of answers, which ours look at. */
function toDurations(
  instance: string,
  { quick, slow }: { readonly quick: number; readonly slow: number },
): Readonly<Record<string, string>> {
  const series: Record<string, string> = {}
  const target = `job="weir",instance="${instance}"`
  const add = (part: string, perMinute: number, le = ''): void => {
    series[`http_request_duration_seconds${part}{${target},method="POST",endpoint="/x"${le}}`] =
      `0+${perMinute}x60`
    series[`gen_ai_server_request_duration_seconds${part}{${target}${le}}`] = `0+${perMinute}x60`
  }
  for (const boundS of [1, 2, 3]) add('_bucket', quick, `,le="${boundS}"`)
  for (const bound of ['5', '+Inf']) add('_bucket', quick + slow, `,le="${bound}"`)
  add('_count', quick + slow)
  add('_sum', quick * 0.5 + slow * 4)
  return series
}

function toTest({ name, series, checks }: Trial): RuleTest {
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([each, values]) => ({ series: each, values })),
    promql_expr_test: checks.map(([expr, minute, value]) => ({
      // Without their labels: what is looked at is whether, and how much.
      expr: `sum(${expr})`,
      eval_time: `${minute}m`,
      exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
    })),
  }
}

test('what is wrong with printed rules is not wrong with ours', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const ours = toStackRules(toStackInput(PLAIN)).filter(({ name }) =>
    ['weir-gateway', 'weir-errors', 'weir-latency', 'weir-backends'].includes(name),
  )
  assert.equal(ours.length, 4)
  const files = {
    'printed.yml': PRINTED,
    ...Object.fromEntries(ours.map(({ name, rules }) => [`${name}.yml`, rules])),
  }
  const tests = { rule_files: Object.keys(files), evaluation_interval: '1m', tests: TRIALS.map(toTest) }
  const args = ['test', 'rules', 'tests.yml']
  const { passed, output } = await runPromtool(promtool, args, { ...files, 'tests.yml': tests })
  assert.ok(passed, output)
})
