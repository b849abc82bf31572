// What was found, as one value for programs: the answers in the order of the report, and what they come to. Pure.
import { GROUPS, type GroupName } from './check.ts'
import { STATUSES, type Status } from './finding.ts'
import { worst, type Answer } from './run.ts'

export interface Report {
  readonly status: Exclude<Status, 'skip'>
  readonly counts: Readonly<Record<Status, number>>
  readonly answers: readonly Answer[]
}

export function toReport(answers: readonly Answer[]): Report {
  const status = worst(answers)
  const order = Object.keys(GROUPS) as GroupName[]
  const counts = Object.fromEntries(
    STATUSES.map((each) => [each, answers.filter((answer) => answer.status === each).length]),
  ) as Record<Status, number>
  return {
    status: status === 'skip' ? 'ok' : status,
    counts,
    answers: order.flatMap((group) => answers.filter((answer) => answer.group === group)),
  }
}
