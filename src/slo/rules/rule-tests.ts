// Unit tests for generated rules, in the format of `promtool test rules`: what must and must not fire while a tape with an
// outage is played. Expected is what the embedded engine says of the same tape, so anybody can hold both against each other.
import { evaluate, windowsOf, type Evaluation } from '../evaluate.ts'
import type { Objective } from '../objective.ts'
import { GATEWAY_DOWN_ALERT } from './gateway-rules.ts'
import { BURN_ALERT, EXHAUSTED_ALERT } from './objective-rules.ts'
import { EVALUATE_EVERY, type RuleInput, type RuleOptions } from './rule.ts'
import {
  DOWN_AT_MINUTE,
  DOWN_MINUTES,
  everyMinute,
  heldFor,
  toCounters,
  toExpectations,
  toOutage,
  toScraped,
  type ExpressionTest,
  type InputSeries,
  type Part,
} from './test-parts.ts'
import { sumOfTape } from './test-tape.ts'
import { toThresholdPart } from './threshold-tests.ts'

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

/**
 * One test for all: promtool evaluates every rule of the file for each test again, and no series of one objective is another's.
 * `ruleFile` is the name of the file with the rules of the same input, beside which the tests will stand.
 */
export function toRuleTests({ objectives, thresholds, options }: RuleInput, ruleFile: string): RuleTestFile {
  const parts = [
    toGatewayPart(options),
    ...objectives.map((objective) => toObjectivePart(objective, options)),
    ...thresholds.map((rule) => toThresholdPart(rule, options)),
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
