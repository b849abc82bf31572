// A climb as people read it: a line for each step, and in the end what load the objectives bear.
import type { Climb, Step } from '../../load/steps/climb.ts'
import { namesOf } from '../../load/steps/judge-step.ts'
import type { LoadPlan } from '../../load/plan.ts'
import type { Paint } from '../../records/read/paint.ts'
import { printTook } from '../../records/read/values.ts'
import { padEnd, padStart, toPrintable } from '../../records/read/width.ts'

const COLOURS = { meets: 'green', breaks: 'red', unknown: 'yellow' } as const
const RATE_WIDTH = 9
const VERDICT_WIDTH = 8

export function printStep(step: Step, paint: Paint): string {
  const { perSecond, is, reasons, purpose, isBrokenOff, report } = step
  const { firstToken, duration } = report.timesMs
  const times = [
    ...(firstToken === undefined ? [] : [`first token p95 ${printTook(firstToken.p95)}`]),
    ...(duration === undefined ? [] : [`duration p95 ${printTook(duration.p95)}`]),
    ...(report.failed === 0 ? [] : [`${report.failed} of ${report.requests} failed`]),
  ]
  const early = isBrokenOff ? [`clear after ${report.requests} requests`] : []
  const again = purpose === 'confirm' ? ['once more'] : []
  const said = [...again, ...times, ...reasons, ...early].map(toPrintable).join(', ')
  return `${padStart(`${perSecond}/s`, RATE_WIDTH)}  ${paint(padEnd(is, VERDICT_WIDTH), COLOURS[is])}  ${said}\n`
}

export function printClimb(climb: Climb, { objectives }: LoadPlan): string {
  const names = toPrintable(namesOf(objectives))
  const { limitPerSecond: limit, brokenPerSecond: broken } = climb
  if (climb.end === 'stopped') return `stopped early; until then: ${printHeld(names, limit)}\n`
  if (limit === undefined)
    return `does not meet ${names} at ${climb.steps[0]?.perSecond ?? 0} requests/s, the lowest tried\n`
  switch (climb.end) {
    case 'held':
      return `meets ${names} up to ${limit} requests/s at least, the highest tried\n`
    case 'unknown':
      return `${printHeld(names, limit)}; beyond that it cannot be said: ${climb.steps.at(-1)?.reasons.join(', ') ?? ''}\n`
    case 'broken':
      return `${printHeld(names, limit)}${climb.isConfirmed ? ', confirmed by a second run' : ''}; breaks at ${broken}${
        climb.isConfirmed ? '' : ', which held once: the limit is near it'
      }\n`
  }
}

function printHeld(names: string, limit: number | undefined): string {
  return limit === undefined ? `${names} was not met` : `meets ${names} up to ${limit} requests/s`
}

export function toPlainClimb(climb: Climb, { objectives, model, api }: LoadPlan) {
  const { end, limitPerSecond, brokenPerSecond, isConfirmed, steps } = climb
  return {
    kind: 'weir-load-steps',
    schemaVersion: 1,
    ...{ model, api, objectives, end, limitPerSecond, brokenPerSecond, isConfirmed, steps },
  }
}
