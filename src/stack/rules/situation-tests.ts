// Tests of promtool from the situations of our alerts: each is played to the rules, and at three minutes it is asked what rings.
import { toSelector } from '../../slo/promql.ts'
import {
  EVALUATE_EVERY,
  toMatchers,
  type ExpressionTest,
  type InputSeries,
  type RuleTest,
  type RuleTestFile,
} from '../../slo/rules.ts'
import type { AlertSpec, PlayedSeries, Situation, SpecGroup } from './alert.ts'
import type { RuleContext } from './context.ts'
import { TAPE, TROUBLE_FROM_MINUTE } from './tape.ts'

/** `ruleFile` as it is found from where the tests stand. */
export function toSituationTests(
  groups: readonly SpecGroup[],
  { ruleFile, context }: { readonly ruleFile: string; readonly context: RuleContext },
): RuleTestFile {
  return {
    rule_files: [ruleFile],
    evaluation_interval: EVALUATE_EVERY,
    tests: groups.flatMap(({ alerts }) =>
      alerts.flatMap((spec) => spec.situations.map((situation) => toTest(spec, situation, context))),
    ),
  }
}

const OTHER_INSTANCE = 'machine-1'
const GATEWAY_INSTANCE = 'gateway-1'

function toTest(spec: AlertSpec, { what, expected, series }: Situation, context: RuleContext): RuleTest {
  const { alert, severity } = spec
  const says = expected === 'never' ? 'is silent' : 'rings'
  return {
    name: `${alert} (${severity}) ${says}: ${what}`,
    interval: EVALUATE_EVERY,
    input_series: series.map((each) => toInputSeries(each, context)),
    promql_expr_test: toChecks(spec, expected, context),
  }
}

function toInputSeries(
  { metric, labels, values, job, instance }: PlayedSeries,
  { options }: RuleContext,
): InputSeries {
  const target = {
    job: job ?? options.job,
    instance: instance ?? (job === undefined ? GATEWAY_INSTANCE : OTHER_INSTANCE),
  }
  return { series: toSelector(metric, toMatchers({ ...target, ...options.matchers, ...labels })), values }
}

function toChecks(
  { alert, severity }: AlertSpec,
  expected: Situation['expected'],
  { options }: RuleContext,
): readonly ExpressionTest[] {
  const labels = { alertname: alert, severity, alertstate: 'firing', ...options.matchers }
  const firing = toSelector('ALERTS', toMatchers(labels))
  const check = (expr: string, minute: number, rings: boolean): ExpressionTest => ({
    expr,
    eval_time: `${minute}m`,
    exp_samples: rings ? [{ labels: '{}', value: 1 }] : [],
  })
  if (expected === 'never') return [check(`count(count_over_time(${firing}[${TAPE.end}m]))`, TAPE.end, false)]
  const minutes = [TROUBLE_FROM_MINUTE - 1, TAPE.troubleEnd, TAPE.end]
  return minutes.map((minute) =>
    check(`count(${firing})`, minute, expected === 'always' || minute === TAPE.troubleEnd),
  )
}
