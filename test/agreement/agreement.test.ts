// The embedded engine and the generated rules in real Prometheus, over the same requests: the same alerts at every minute. Tapes
// are drawn with a seed; WEIR_AGREEMENT_SEED and WEIR_AGREEMENT_RUNS choose others, and more of them.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { toCounted, type ServiceLevels } from '../../src/slo/resolve.ts'
import { toRules } from '../../src/slo/rules.ts'
import { isAlertingRule, type RuleFile } from '../../src/slo/rules/rule.ts'
import { compareStates } from './support/compare.ts'
import { countTape, type CountedTape } from './support/count.ts'
import { runEngine, type BackendsAt, type Scene } from './support/engine.ts'
import { AVAILABLE, OBJECTIVES, RULES } from './support/levels.ts'
import { judgeOutside } from './support/outside.ts'
import { promtoolOrSkip } from './support/promtool.ts'
import { judgeScraped } from './support/scraped.ts'
import { differenceOf, type States } from './support/states.ts'
import { arbitraryPlan, playPlan, type Span, type TapePlan } from './support/tape.ts'

const SEED = Number(process.env['WEIR_AGREEMENT_SEED'] ?? 77)
const RUNS = Number(process.env['WEIR_AGREEMENT_RUNS'] ?? 3)
const JOB = 'weir'
const DAY_MINUTES = 1_440

interface Compared {
  readonly engine: States
  /** Alert-minutes at which what was scraped does not tell what was counted. */
  readonly untold: number
  readonly held: number
}

interface Case {
  readonly promtool: string
  readonly plan: TapePlan
  readonly levels: ServiceLevels
  readonly prune?: boolean
}

async function compare({ promtool, plan, levels, prune = false }: Case): Promise<Compared> {
  const tape = countTape(playPlan(plan), toCounted(levels))
  const scene: Scene = { levels, tape, backendsAt: createBackends(plan.backendOutages, tape) }
  const engine = await runEngine(scene)
  const scraped = judgeScraped(scene)
  const { file } = toRules({
    objectives: levels.objectives,
    thresholds: levels.rules,
    options: { job: JOB, labels: {}, matchers: {} },
  })
  const { passed, output } = await compareStates({
    ...{ promtool, tape, backendsAt: scene.backendsAt, job: JOB },
    rules: prune ? toNeeded(file) : file,
    expected: new Map([...scraped, ...judgeOutside(levels, tape)]),
  })
  assert.ok(passed, output)
  const differences = differenceOf(engine, scraped)
  // As long as every gateway was scraped every minute, there is nothing that PromQL could not know.
  if (tape.up.every((reached) => reached.every(Boolean)))
    assert.deepEqual([...differences], [], 'engine and rules agree at every minute')
  return {
    engine,
    untold: differences.values().reduce((all, minutes) => all + minutes.length, 0),
    held: engine.values().reduce((all, isFiring) => all + isFiring.filter(Boolean).length, 0),
  }
}

function createBackends(outages: readonly Span[], { up }: CountedTape): BackendsAt {
  return (end) => {
    if (!up.some((reached) => reached[end] === true)) return []
    const isAway = outages.some(({ from, minutes }) => end >= from && end < from + minutes)
    return [
      { name: 'gpu-a', up: !isAway, reason: 'connect ECONNREFUSED', models: [] },
      { name: 'gpu-b', up: true, reason: '', models: [] },
    ]
  }
}

/** Without the sums that only dashboards ask for: a tape of days is long. */
function toNeeded({ groups }: RuleFile): RuleFile {
  return {
    groups: groups.map((group) => {
      const rules: (typeof group.rules)[number][] = []
      for (const rule of group.rules.toReversed()) {
        const isNeeded = isAlertingRule(rule) || rules.some(({ expr }) => expr.includes(`${rule.record}{`))
        if (isNeeded) rules.unshift(rule)
      }
      return { ...group, rules }
    }),
  }
}

function report(t: TestContext, compared: readonly Compared[]): void {
  const of = (key: 'untold' | 'held'): number => compared.reduce((all, each) => all + each[key], 0)
  t.diagnostic(
    `alerts held for ${of('held')} minutes; ${of('untold')} of them, or beside them, cannot be told by counters`,
  )
}

test('whatever happens, the same alerts hold at every minute', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const compared: Compared[] = []
  const property = fc.asyncProperty(
    arbitraryPlan({ minutes: 360, gateways: 2, mostPerMinute: 12 }),
    fc.subarray([...OBJECTIVES], { minLength: 3, maxLength: 3 }),
    async (plan, objectives) => {
      compared.push(await compare({ promtool, plan, levels: { objectives, rules: RULES, maintenance: [] } }))
    },
  )
  // Each step towards a smaller tape is a run of promtool: asked for by whoever looks for the cause.
  const endOnFailure = process.env['WEIR_AGREEMENT_SHRINK'] !== '1'
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure })
  assert.ok(
    compared.some(({ held }) => held > 0),
    'tapes on which nothing happens prove nothing',
  )
  report(t, compared)
})

test('over days, what is long ago is forgotten at the same minute', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const plan: TapePlan = {
    seed: SEED,
    minutes: 3 * DAY_MINUTES + 240,
    fromHour: 8,
    gateways: 1,
    requestsPerMinute: 2,
    oddRatio: 0.004,
    incidents: [
      { from: 60, minutes: 90, flavour: 'backendDown', ratio: 0.5 },
      { from: DAY_MINUTES + 400, minutes: 12, flavour: 'brokenStream', ratio: 1 },
      { from: 2 * DAY_MINUTES + 300, minutes: 200, flavour: 'queueFull', ratio: 0.1 },
    ],
    silences: [{ from: DAY_MINUTES + 1_000, minutes: 300 }],
    restarts: [{ gateway: 0, from: 2 * DAY_MINUTES + 350, minutes: 1 }],
    backendOutages: [],
  }
  const objectives = [{ ...AVAILABLE, window: { kind: 'rolling', days: 2 } } as const]
  const levels = { objectives, rules: [], maintenance: [] }
  const compared = await compare({ promtool, plan, levels, prune: true })
  const counts = [...compared.engine].map(([, isFiring]) => changesOf(isFiring))
  // A tape on which nothing begins and ends would prove nothing.
  assert.ok(
    counts.every((changes) => changes >= 2),
    JSON.stringify(counts),
  )
  report(t, [compared])
})

function changesOf(states: readonly boolean[]): number {
  return states.filter((state, at) => at > 0 && state !== states[at - 1]).length
}
