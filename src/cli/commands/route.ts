// `weir route MODEL`: which backends would be tried for a model, in which order, and why.
import { Option } from 'commander'
import { explain } from '../../config/explain.ts'
import { addConfigFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import type { RouteQuestion, RouteReport } from '../../app/asked.ts'
import { EXIT } from '../world.ts'

const DIALECTS = ['openai', 'ollama', 'anthropic'] as const satisfies readonly RouteQuestion['dialect'][]

interface RouteFlags {
  readonly dialect: RouteQuestion['dialect']
  readonly json?: true
}

export const defineRoute: DefineCommand = (program, { world, exit }) => {
  addConfigFlags(program.command('route <MODEL>'))
    .description('which backends would be tried for a model, in which order, and why; exit 1 if none')
    .addOption(new Option('--dialect <API>', 'the API the caller speaks').choices(DIALECTS).default('openai'))
    .option('--json', 'print one JSON object instead')
    .action(async (model: string, flags: RouteFlags & Readonly<Record<string, unknown>>) => {
      const { stdout, stderr } = world.streams
      const result = toLoader(flags, world)()
      warn(world, result.warnings)
      if (!result.ok) {
        stderr.write(explain(result.problems))
        return exit(EXIT.usage)
      }
      const { dialect } = flags
      const report = await world.explainRoute({ config: result.config, model, dialect })
      stdout.write(
        flags.json === true ? `${JSON.stringify({ model, dialect, ...report })}\n` : print(model, report),
      )
      return exit(report.candidates.length > 0 ? EXIT.ok : EXIT.no)
    })
}

function print(model: string, { candidates, excluded, nearest }: RouteReport): string {
  const rows = [
    ...candidates.map((each, at) => ({
      lead: `${at + 1}.`,
      name: each.backend,
      text: describe(model, each),
    })),
    ...excluded.map(({ backend, reason }) => ({ lead: '-', name: backend, text: reason })),
  ]
  const width = Math.max(0, ...rows.map(({ name }) => name.length))
  const lines = rows.map(({ lead, name, text }) => `${lead.padEnd(3)} ${name.padEnd(width)}  ${text}\n`)
  const near = candidates.length === 0 && nearest.length > 0 ? `Did you mean ${nearest.join(', ')}?\n` : ''
  const verdict = candidates.length === 0 ? `No backend would be tried for ${model}.\n` : ''
  return `${verdict}${near}${lines.join('')}`
}

function describe(asked: string, { model, reason }: RouteReport['candidates'][number]): string {
  return model === asked ? reason : `${reason}, as ${model}`
}
