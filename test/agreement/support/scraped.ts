// What the engine's own judgements come to when they are fed what increase() makes of the scraped counters, and a silence is
// what Prometheus can know of one. Where this differs from the engine, no PromQL over these counters could agree.
import type { ObjectiveSum } from '../../../src/core/minutes.ts'
import { evaluate, windowsOf } from '../../../src/slo/evaluate.ts'
import { toObjectiveConditions } from '../../../src/slo/objective-alerts.ts'
import type { Objective } from '../../../src/slo/objective.ts'
import { toRuleConditions } from '../../../src/slo/thresholds/rule-conditions.ts'
import type { Condition } from '../../../src/slo/conditions.ts'
import { MINUTE_MS, type CountedTape } from './count.ts'
import type { Scene } from './engine.ts'
import { increaseOf } from './increase.ts'
import { createStates, printKey, toAlertKey, type States } from './states.ts'

const DAY_MINUTES = 1_440

export function judgeScraped({ levels, tape, backendsAt }: Scene): States {
  const states = createStates(levels, tape.minutes)
  let since = new Map<string, number>()
  for (let end = 0; end <= tape.minutes; end += 1) {
    const backends = backendsAt(end)
    const findings = {
      sumOf: ({ counted, overMinutes }: { counted: { name: string }; overMinutes: number }) =>
        sumOf(tape, { name: counted.name, end, minutes: overMinutes }),
      backends,
      meansOf: () => [],
      held: () => false,
    }
    const holding = [
      ...levels.objectives.flatMap((objective) => judgeObjective(objective, tape, end)),
      ...levels.rules.flatMap((rule) => toRuleConditions(rule, findings)),
    ]
    const next = new Map<string, number>()
    for (const { alert, forMs } of holding) {
      const key = toAlertKey(alert.name, alert.severity, alert.labels)
      const from = since.get(printKey(key)) ?? end
      next.set(printKey(key), from)
      if ((end - from) * MINUTE_MS >= forMs) states.set(key, end)
    }
    since = next
  }
  return states.read()
}

function judgeObjective(objective: Objective, tape: CountedTape, end: number): readonly Condition[] {
  const { name, window, noDataMinutes } = objective
  const ownLengthMinutes = window.kind === 'rolling' ? window.days * DAY_MINUTES : end
  const evaluation = evaluate(objective, {
    last: new Map(windowsOf(objective).map((minutes) => [minutes, sumOf(tape, { name, end, minutes })])),
    own: sumOf(tape, { name, end, minutes: ownLengthMinutes }),
    ownLengthMinutes,
    watchedMinutes:
      noDataMinutes !== undefined && wasScraped(tape, name, end, noDataMinutes) ? noDataMinutes : 0,
  })
  return toObjectiveConditions({ objective, evaluation, blamed: [] })
}

interface Asked {
  readonly name: string
  readonly end: number
  readonly minutes: number
}

function sumOf({ scraped }: CountedTape, { name, end, minutes }: Asked): ObjectiveSum {
  let good = 0
  let total = 0
  for (const gateway of scraped) {
    const samples = gateway.get(name)
    if (samples === undefined) continue
    good += increaseOf(samples.good, end, minutes) ?? 0
    total += increaseOf(samples.events, end, minutes) ?? 0
  }
  return { good, total, excluded: 0, minutes: 1 }
}

/** Whether a gateway stood when the silence would have begun, and one of them was scraped twice since. */
function wasScraped({ scraped }: CountedTape, name: string, end: number, minutes: number): boolean {
  const events = scraped.map((gateway) => gateway.get(name)?.events ?? [])
  return (
    events.some((samples) => samples[end - minutes] !== undefined) &&
    events.some((samples) => increaseOf(samples, end, minutes) !== undefined)
  )
}
