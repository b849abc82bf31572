// `weir sla`: are the promises kept, what spent the budget, and what would other promises have meant.
import type { DefineCommand } from '../define.ts'
import { defineSlaCheck } from './sla-check.ts'
import { defineSlaReplay } from './sla-replay.ts'
import { defineSlaReport } from './sla-report.ts'

export const defineSla: DefineCommand = (program, context) => {
  const sla = program
    .command('sla')
    .description('service levels: whether they are kept, what spent the budget, what others would mean')
  defineSlaCheck(sla, context)
  defineSlaReport(sla, context)
  defineSlaReplay(sla, context)
}
