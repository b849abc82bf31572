// Asks promtool whether the generated rules fire at exactly the minutes at which they should. The comparison is made inside
// Prometheus: what is expected goes in as series, and one query at the end counts the minutes that differ.
import type { RuleFile } from '../../../src/slo/rules/rule.ts'
import { CATALOGUE } from '../../../src/telemetry/catalogue.ts'
import type { CountedTape } from './count.ts'
import type { BackendsAt } from './engine.ts'
import { runPromtool, type PromtoolResult } from './promtool.ts'
import { toNotation } from './series.ts'
import { KEY_LABELS, parseKey, type States } from './states.ts'

export interface Comparison {
  readonly promtool: string
  readonly tape: CountedTape
  readonly rules: RuleFile
  readonly expected: States
  readonly backendsAt: BackendsAt
  readonly job: string
}

const EXPECTED = 'test_expected'
const KEY = `on (${KEY_LABELS.join(', ')})`
const FIRING = 'ALERTS{alertstate="firing"}'

/** Passed: every alert of every rule fired at the expected minutes and at no others. */
export async function compareStates({
  promtool,
  tape,
  rules,
  expected,
  backendsAt,
  job,
}: Comparison): Promise<PromtoolResult> {
  const missed = `(${EXPECTED} == 1) unless ${KEY} ${FIRING}`
  const unexpected = `${FIRING} unless ${KEY} (${EXPECTED} == 1)`
  return runPromtool(promtool, ['test', 'rules', 'test.yml'], {
    'rules.yml': rules,
    'test.yml': {
      rule_files: ['rules.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            ...toCounterSeries(tape, job),
            ...toBackendSeries(tape, backendsAt, job),
            ...toExpectedSeries(expected),
          ],
          promql_expr_test: toBlockEnds(tape.minutes).flatMap((end) =>
            [missed, unexpected].map((states) => toNever(states, end)),
          ),
        },
      ],
    },
  })
}

/** promtool refuses queries over more than 10,000 samples; and a block that fails tells where to look. */
const BLOCK_MINUTES = 120

function toBlockEnds(minutes: number): readonly number[] {
  const blocks = Math.ceil((minutes + 1) / BLOCK_MINUTES)
  return Array.from({ length: blocks }, (_, block) => Math.min(minutes, (block + 1) * BLOCK_MINUTES))
}

/** At no minute of the block that ends there, its first one included. */
function toNever(states: string, end: number): unknown {
  const expr = `count_over_time((${states})[${BLOCK_MINUTES}m:1m])`
  return { expr, eval_time: `${end}m`, exp_samples: [] }
}

interface InputSeries {
  readonly series: string
  readonly values: string
}

function toCounterSeries({ scraped, up }: CountedTape, job: string): InputSeries[] {
  return scraped.flatMap((gateway, index) => {
    const target = { job, instance: `gateway-${index}` }
    const reached = up[index] ?? []
    return [
      toInput('up', target, reached.map(Number)),
      ...[...gateway].flatMap(([slo, { good, events }]) => [
        toInput(CATALOGUE.sloGood.name, { ...target, slo }, good),
        toInput(CATALOGUE.sloEvents.name, { ...target, slo }, events),
      ]),
    ]
  })
}

/** Every gateway that stands sees the same of them. */
function toBackendSeries({ up, minutes }: CountedTape, backendsAt: BackendsAt, job: string): InputSeries[] {
  const seen = Array.from({ length: minutes + 1 }, (_, end) => backendsAt(end))
  const names = new Set(seen.flatMap((backends) => backends.map(({ name }) => name)))
  return up.flatMap((reached, index) =>
    [...names].map((backend) => {
      const values = seen.map((backends, end) => {
        const found = backends.find(({ name }) => name === backend)
        return reached[end] === true && found?.up !== undefined ? Number(found.up) : undefined
      })
      return toInput(CATALOGUE.backendUp.name, { job, instance: `gateway-${index}`, backend }, values)
    }),
  )
}

function toExpectedSeries(expected: States): InputSeries[] {
  return [...expected].map(([key, isFiring]) => toInput(EXPECTED, parseKey(key), isFiring.map(Number)))
}

function toInput(
  metric: string,
  labels: Readonly<Record<string, string>>,
  values: readonly (number | undefined)[],
): InputSeries {
  const printed = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
  return { series: `${metric}{${printed.join(',')}}`, values: toNotation(values) }
}
