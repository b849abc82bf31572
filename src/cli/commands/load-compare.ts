// `weir load compare`: whether a new run is worse than a baseline, or only different by chance; the gate of a CI job.
import { resolve } from 'node:path'
import type { Condition } from '../../load/compare/expression.ts'
import { choosePaint } from '../../records/read/paint.ts'
import type { DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { printComparison } from './load-compare-print.ts'
import { collect } from './load-run.ts'
import { complain } from './sla-load.ts'

interface CompareFlags {
  readonly base?: readonly string[]
  readonly new?: readonly string[]
  readonly failIf?: readonly string[]
  readonly json?: true
}

export const defineLoadCompare: DefineCommand = (load, { world, exit }) => {
  load
    .command('compare')
    .argument('<BASE>', 'a file of weir load run --save, or a folder of several')
    .argument('<NEW>', 'the same of the runs to be judged')
    .description(
      'what changed between two load tests, and whether it is more than chance; exit 1 if a condition holds, 2 if one cannot be judged',
    )
    .option('--base <FILE>', 'a further file or folder for BASE; may be repeated', collect)
    .option('--new <FILE>', 'a further file or folder for NEW; may be repeated', collect)
    .option(
      '--fail-if <CONDITION>',
      'exit 1 if it holds, such as p95>+10%, firstToken.p99>2s or errors>+1pp; may be repeated',
      collect,
    )
    .option('--json', 'print one JSON value instead')
    .action(async (base: string, fresh: string, flags: CompareFlags) =>
      exit(await compare({ base, fresh, flags }, world)),
    )
}

interface Asked {
  readonly base: string
  readonly fresh: string
  readonly flags: CompareFlags
}

async function compare({ base, fresh, flags }: Asked, world: World): Promise<number> {
  const [{ parseCondition }, { readDocuments }, { compareRuns, exitCodeOf }] = await Promise.all([
    import('../../load/compare/expression.ts'),
    import('../../load/baseline/file.ts'),
    import('../../load/compare/compare.ts'),
  ])
  const complaints: string[] = []
  const conditions = (flags.failIf ?? []).flatMap((text): Condition[] => {
    const read = parseCondition(text)
    if ('condition' in read) return [read.condition]
    complaints.push(`--fail-if ${read.complaint}`)
    return []
  })
  const read = async (paths: readonly string[]) => {
    const found = await readDocuments(paths.map((path) => resolve(world.cwd, path)))
    if ('documents' in found) return found.documents
    complaints.push(found.complaint)
    return []
  }
  const sides = {
    base: await read([base, ...(flags.base ?? [])]),
    fresh: await read([fresh, ...(flags.new ?? [])]),
  }
  if (complaints.length > 0) {
    complain(world, complaints)
    return EXIT.usage
  }
  const comparison = compareRuns({ ...sides, conditions })
  const { stdout } = world.streams
  const code = exitCodeOf(comparison)
  if (flags.json === true) stdout.write(`${JSON.stringify({ ...comparison, exitCode: code })}\n`)
  else stdout.write(printComparison(comparison, choosePaint(stdout.isTTY === true, world.env)))
  return code
}
