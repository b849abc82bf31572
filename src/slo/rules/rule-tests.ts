// Unit tests for generated rules, in the format of `promtool test rules`: what must and must not fire while a tape with an
// outage is played. Expected is what the embedded engine says of the same tape, so anybody can hold both against each other.
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { badRatioOf, isEnough } from '../burn-rate.ts'
import { evaluate, windowsOf, type Evaluation } from '../evaluate.ts'
import type { Objective } from '../objective.ts'
import { toSelector } from '../promql.ts'
import type { BackendRule, GaugeRule, RequestRule, ThresholdRule } from '../threshold-rule.ts'
import { GATEWAY_DOWN_ALERT } from './gateway-rules.ts'
import { BURN_ALERT, EXHAUSTED_ALERT } from './objective-rules.ts'
import { toMatchers } from './recorded.ts'
import { EVALUATE_EVERY, type RuleInput, type RuleOptions } from './rule.ts'
import { sumOfTape, TAPE_MINUTES, toTapeSeries } from './test-tape.ts'
import { GAUGE_METRICS } from './threshold-rules.ts'

export interface InputSeries {
  readonly series: string
  /** One sample a minute, in promtool's notation. */
  readonly values: string
}

export interface ExpressionTest {
  readonly expr: string
  readonly eval_time: string
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[]
}

export interface RuleTest {
  readonly name: string
  readonly interval: string
  readonly input_series: readonly InputSeries[]
  readonly promql_expr_test: readonly ExpressionTest[]
}

/** As it stands in the file. */
export interface RuleTestFile {
  readonly rule_files: readonly string[]
  readonly evaluation_interval: string
  readonly tests: readonly RuleTest[]
}

/** What is played for one rule or objective, and what must be seen of it. */
interface Part {
  readonly series: readonly InputSeries[]
  readonly expectations: readonly ExpressionTest[]
}

/**
 * One test for all: promtool evaluates every rule of the file for each test again, and no series of one objective is another's.
 * `ruleFile` is the name of the file with the rules of the same input, beside which the tests will stand.
 */
export function toRuleTests({ objectives, thresholds, options }: RuleInput, ruleFile: string): RuleTestFile {
  const parts = [
    toGatewayPart(options),
    ...objectives.map((objective) => toObjectivePart(objective, options)),
    ...thresholds.flatMap((rule) => toThresholdParts(rule, options)),
  ]
  return {
    rule_files: [ruleFile],
    evaluation_interval: EVALUATE_EVERY,
    tests: [
      {
        name: 'an outage, as every rule sees it',
        interval: EVALUATE_EVERY,
        input_series: withoutRepeats(parts.flatMap(({ series }) => series)),
        promql_expr_test: parts.flatMap(({ expectations }) => expectations),
      },
    ],
  }
}

/** Two rules may watch one backend. */
function withoutRepeats(series: readonly InputSeries[]): readonly InputSeries[] {
  return [...new Map(series.map((each) => [each.series, each])).values()]
}

const DAY_MINUTES = 1_440
const MINUTE_MS = 60_000

function toObjectivePart(objective: Objective, options: RuleOptions): Part {
  const { name, window, minEvents, minBadEvents, burns } = objective
  const perMinute = minEvents + minBadEvents
  const evaluations = everyMinute((end) => evaluateTape(objective, perMinute, end))
  const expect = (alert: string, severity: string, holds: (evaluation: Evaluation) => boolean) =>
    toExpectations({ alertname: alert, severity, slo: name }, evaluations.map(holds))
  const severities = (['page', 'ticket'] as const).filter((severity) =>
    burns.some((pair) => pair.severity === severity),
  )
  return {
    series: toCounters(name, perMinute, options),
    expectations: [
      ...severities.flatMap((severity) =>
        expect(BURN_ALERT, severity, ({ burns: states }) =>
          states.some(({ pair, isFiring }) => pair.severity === severity && isFiring),
        ),
      ),
      // Of a month the gateway itself would have to say what is left.
      ...(window.kind === 'rolling'
        ? expect(EXHAUSTED_ALERT, 'ticket', ({ isExhausted }) => isExhausted)
        : []),
    ],
  }
}

function evaluateTape(objective: Objective, perMinute: number, end: number): Evaluation {
  const { window } = objective
  const ownLengthMinutes = window.kind === 'rolling' ? window.days * DAY_MINUTES : end
  return evaluate(objective, {
    last: new Map(windowsOf(objective).map((minutes) => [minutes, sumOfTape(perMinute, end, minutes)])),
    own: sumOfTape(perMinute, end, ownLengthMinutes),
    ownLengthMinutes,
    watchedMinutes: end,
  })
}

function toThresholdParts(rule: ThresholdRule, options: RuleOptions): readonly Part[] {
  switch (rule.kind) {
    case 'requests':
      return [toRequestPart(rule, options)]
    case 'backend-down':
      return [toBackendPart(rule, options)]
    case 'gauge':
      return [toGaugePart(rule, options)]
  }
}

function toRequestPart(rule: RequestRule, options: RuleOptions): Part {
  const perMinute = rule.minEvents + rule.minBadEvents
  const holds = everyMinute((end) => {
    const sum = sumOfTape(perMinute, end, rule.overMinutes)
    return isEnough(sum, rule) && (badRatioOf(sum) ?? 0) > rule.limitRatio
  })
  return {
    series: toCounters(rule.counted.name, perMinute, options),
    expectations: toExpectations(toLabels(rule), heldFor(holds, rule.forMs)),
  }
}

const DOWN_AT_MINUTE = 30
const DOWN_MINUTES = 60

function toBackendPart(rule: BackendRule, options: RuleOptions): Part {
  const backend = rule.backend.replaceAll('*', rule.name)
  const holds = everyMinute((end) => end >= DOWN_AT_MINUTE && end < DOWN_AT_MINUTE + DOWN_MINUTES)
  return {
    series: [
      {
        series: toScraped(CATALOGUE.backendUp.name, { backend }, options),
        values: toOutage(DOWN_AT_MINUTE, DOWN_MINUTES),
      },
    ],
    expectations: toExpectations({ ...toLabels(rule), backend }, heldFor(holds, rule.forMs)),
  }
}

/**
 * Nothing is in use, then much more than the rule allows, then nothing again. Several rules may read the same: each is played at a
 * gateway of its own name.
 */
function toGaugePart(rule: GaugeRule, options: RuleOptions): Part {
  const { gauge, above, overMs, name } = rule
  const high = 2 * above + 1
  const overMinutes = Math.max(1, Math.floor(overMs / MINUTE_MS))
  const isDown = (end: number): boolean => end >= DOWN_AT_MINUTE && end < DOWN_AT_MINUTE + DOWN_MINUTES
  const holds = everyMinute((end) => {
    const samples = Array.from({ length: Math.min(overMinutes, end + 1) }, (_, ago) => end - ago)
    return (high * samples.filter(isDown).length) / samples.length > above
  })
  const instance = `gateway-of-${name}`
  const play = (metric: string, values: string): InputSeries => ({
    series: toScraped(metric, { instance }, options),
    values,
  })
  return {
    series: [
      play(GAUGE_METRICS[gauge].name, toOutage(DOWN_AT_MINUTE, DOWN_MINUTES, [0, high])),
      ...(gauge === 'gpuMemory' ? [play(CATALOGUE.gpuMemoryTotal.name, `1x${TAPE_MINUTES}`)] : []),
    ],
    expectations: toExpectations({ ...toLabels(rule), instance }, heldFor(holds, rule.forMs)),
  }
}

/** No objective of its own: `slo` must be absent. */
function toLabels({ alert, severity, name }: ThresholdRule): Readonly<Record<string, string>> {
  return { alertname: alert, severity, rule: name, slo: '' }
}

/** Longer than a gateway may be away. */
const GATEWAY_DOWN_MS = 120_000

function toGatewayPart(options: RuleOptions): Part {
  const holds = everyMinute((end) => end >= DOWN_AT_MINUTE && end < DOWN_AT_MINUTE + DOWN_MINUTES)
  return {
    series: [{ series: toScraped('up', {}, options), values: toOutage(DOWN_AT_MINUTE, DOWN_MINUTES) }],
    expectations: toExpectations(
      { alertname: GATEWAY_DOWN_ALERT, severity: 'page' },
      heldFor(holds, GATEWAY_DOWN_MS),
    ),
  }
}

function toOutage(from: number, minutes: number, [well, ill] = [1, 0]): string {
  return `${well}x${from - 1} ${ill}x${minutes - 1} ${well}x${TAPE_MINUTES - from - minutes}`
}

function toCounters(slo: string, perMinute: number, options: RuleOptions): readonly InputSeries[] {
  const { good, events } = toTapeSeries(perMinute)
  return [
    { series: toScraped(CATALOGUE.sloGood.name, { slo }, options), values: good },
    { series: toScraped(CATALOGUE.sloEvents.name, { slo }, options), values: events },
  ]
}

function toScraped(
  metric: string,
  labels: Readonly<Record<string, string>>,
  { job, matchers }: RuleOptions,
): string {
  return toSelector(metric, toMatchers({ job, instance: 'gateway-1', ...matchers, ...labels }))
}

function everyMinute<T>(at: (end: number) => T): readonly T[] {
  return Array.from({ length: TAPE_MINUTES + 1 }, (_, end) => at(end))
}

/** Those minutes at which it has held without a break for so long. */
function heldFor(holds: readonly boolean[], forMs: number): readonly boolean[] {
  let since: number | undefined
  return holds.map((isHolding, end) => {
    since = isHolding ? (since ?? end) : undefined
    return since !== undefined && (end - since) * MINUTE_MS >= forMs
  })
}

/** Where a state lasts shorter, Prometheus 2 and 3 may see it a minute apart: their windows differ by one sample. */
const SURE_MINUTES = 5

/** In the middle of every stretch during which the alert fires, or does not. */
function toExpectations(
  labels: Readonly<Record<string, string>>,
  isFiring: readonly boolean[],
): readonly ExpressionTest[] {
  const firing = toMatchers({ ...labels, alertstate: 'firing' })
  const expr = `count(${toSelector('ALERTS', firing)})`
  const tests: ExpressionTest[] = []
  let from = 0
  for (let end = 1; end <= isFiring.length; end += 1) {
    if (end < isFiring.length && isFiring[end] === isFiring[from]) continue
    if (end - from >= SURE_MINUTES)
      tests.push({
        expr,
        eval_time: `${Math.floor((from + end) / 2)}m`,
        exp_samples: isFiring[from] === true ? [{ labels: '{}', value: 1 }] : [],
      })
    from = end
  }
  return tests
}
