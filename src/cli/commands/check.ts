// `weir check`: is this configuration valid, and what does it come to?
import { relative } from 'node:path'
import { Option } from 'commander'
import { explain } from '../../config/explain.ts'
import type { Loaded } from '../../config/load.ts'
import { listObjectives } from '../../config/objectives-text.ts'
import { printConfig, type PrintFormat } from '../../config/print.ts'
import { addConfigFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import { EXIT } from '../world.ts'

interface CheckFlags {
  readonly print?: PrintFormat
}

export const defineCheck: DefineCommand = (program, { world, exit }) => {
  addConfigFlags(program.command('check'))
    .description('validate a configuration; exit 1 with every problem')
    .addOption(new Option('--print <FORMAT>', 'print it resolved, secrets hidden').choices(['yaml', 'json']))
    .action((flags: CheckFlags & Readonly<Record<string, unknown>>) => {
      const { stdout, stderr } = world.streams
      const result = toLoader(flags, world)()
      warn(world, result.warnings)
      if (!result.ok) {
        stderr.write(explain(result.problems))
        return exit(result.kind === 'unreadable' ? EXIT.usage : EXIT.no)
      }
      // With --print, standard output holds the configuration and nothing else.
      const report = flags.print === undefined ? stdout : stderr
      report.write(`${summarise(result, world.cwd)}\n`)
      if (flags.print !== undefined) stdout.write(printConfig(result.config, flags.print))
      return exit(EXIT.ok)
    })
}

function summarise({ config }: Loaded, cwd: string): string {
  const { gateway, access, source } = config
  const objectives = listObjectives(config)
  const subject = source.file === undefined ? 'The configuration without a file' : relative(cwd, source.file)
  const counts = [
    count(gateway.backends.length, 'backend'),
    count(gateway.models.length, 'model'),
    count(access.keys.length, 'key'),
    ...(objectives.length === 0 ? [] : [count(objectives.length, 'objective')]),
  ]
  return [`${subject} is valid: ${counts.join(', ')}`, ...objectives.map((line) => `  ${line}`)].join('\n')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
