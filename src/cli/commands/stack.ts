// `weir stack`: files for Prometheus, Alertmanager, Grafana and what else stands beside a gateway, from its configuration.
import type { DefineCommand } from '../define.ts'
import { defineStackDiff } from './stack-diff.ts'
import { defineStackInit } from './stack-init.ts'

export const defineStack: DefineCommand = (program, context) => {
  const stack = program
    .command('stack')
    .description('files for Prometheus, Alertmanager, Grafana and what else stands beside a gateway')
  defineStackInit(stack, context)
  defineStackDiff(stack, context)
}
