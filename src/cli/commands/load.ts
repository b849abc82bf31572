// `weir load`: load tests of a gateway or a model server, and the gate for CI that holds one against another.
import type { DefineCommand } from '../define.ts'
import { defineLoadCompare } from './load-compare.ts'
import { defineLoadRun } from './load-run.ts'

export const defineLoad: DefineCommand = (program, context) => {
  const load = program
    .command('load')
    .description('load tests: what a gateway or model server bears, and whether it bears less than before')
  defineLoadRun(load, context)
  defineLoadCompare(load, context)
}
