// What only Prometheus can see: that a gateway does not answer, and that nobody has an objective any more.
import type { ServiceLevels } from '../../../src/slo/resolve.ts'
import { GATEWAY_DOWN_ALERT } from '../../../src/slo/rules/gateway-rules.ts'
import { ABSENT_ALERT } from '../../../src/slo/rules/objective-rules.ts'
import { toScopeLabels } from '../../../src/slo/thresholds/rule-conditions.ts'
import type { CountedTape } from './count.ts'
import { printKey, toAlertKey, type States } from './states.ts'

const GATEWAY_DOWN_MINUTES = 2
const ABSENT_MINUTES = 10

export function judgeOutside({ objectives }: ServiceLevels, { up, minutes }: CountedTape): States {
  const ends = Array.from({ length: minutes + 1 }, (_, end) => end)
  const downs = up.map((reached) =>
    heldFor(
      ends.map((end) => reached[end] === false),
      GATEWAY_DOWN_MINUTES,
    ),
  )
  const isNobodyThere = ends.map((end) => up.every((reached) => reached[end] === false))
  const absent = heldFor(isNobodyThere, ABSENT_MINUTES)
  return new Map([
    [
      printKey(toAlertKey(GATEWAY_DOWN_ALERT, 'page', {})),
      ends.map((end) => downs.some((isDown) => isDown[end] === true)),
    ],
    ...objectives.map(
      ({ name: slo, scope }) =>
        [printKey(toAlertKey(ABSENT_ALERT, 'ticket', { slo, ...toScopeLabels(scope) })), absent] as const,
    ),
  ])
}

function heldFor(holds: readonly boolean[], minutes: number): readonly boolean[] {
  let since: number | undefined
  return holds.map((isHolding, end) => {
    since = isHolding ? (since ?? end) : undefined
    return since !== undefined && end - since >= minutes
  })
}
