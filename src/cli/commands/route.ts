// `weir route MODEL`: which backends would be tried for a model, in which order, and why; and what it falls back to.
import { Option } from 'commander'
import { explain } from '../../config/explain.ts'
import { addConfigFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import type { ModelRoute, RouteQuestion, RouteReport } from '../../app/asked.ts'
import { EXIT } from '../world.ts'

const DIALECTS = ['openai', 'ollama', 'anthropic'] as const satisfies readonly RouteQuestion['dialect'][]

/** The state of a running gateway is its own: this command asks the backends itself. */
const AS_OF =
  'As of a probe just made. What a running gateway has learnt besides is not known here: backends it has ejected, its load, its queues.'

interface RouteFlags {
  readonly dialect: RouteQuestion['dialect']
  readonly key?: string
  readonly json?: true
}

export const defineRoute: DefineCommand = (program, { world, exit }) => {
  addConfigFlags(program.command('route <MODEL>'))
    .description('which backends would be tried for a model, in which order, and why; exit 1 if none')
    .addOption(new Option('--dialect <API>', 'the API the caller speaks').choices(DIALECTS).default('openai'))
    .option('--key <NAME>', 'the key the caller has: models it may not use are left out')
    .option('--json', 'print one JSON object instead')
    .action(async (model: string, flags: RouteFlags & Readonly<Record<string, unknown>>) => {
      const { stdout, stderr } = world.streams
      const result = toLoader(flags, world)()
      warn(world, result.warnings)
      if (!result.ok) {
        stderr.write(explain(result.problems))
        return exit(EXIT.usage)
      }
      const { dialect, key } = flags
      const report = await world.explainRoute({ config: result.config, model, dialect, key })
      if (report.problem !== undefined) {
        stderr.write(`error: --key: ${report.problem}\n`)
        return exit(EXIT.usage)
      }
      stdout.write(flags.json === true ? printJson(report, dialect) : print(report))
      return exit(wouldTry(report) ? EXIT.ok : EXIT.no)
    })
}

function printJson({ problem: _, ...report }: RouteReport, dialect: string): string {
  return `${JSON.stringify({ dialect, ...report, asOf: AS_OF })}\n`
}

/** A caller that may not ask for the model gets no fallback of it either. */
function wouldTry({ refusal, candidates, fallbacks }: RouteReport): boolean {
  if (refusal !== undefined) return false
  return [{ candidates, refusal }, ...fallbacks].some(
    (each) => each.refusal === undefined && each.candidates.length > 0,
  )
}

function print(report: RouteReport): string {
  const { model, refusal, nearest, fallbacks, attempts } = report
  if (refusal !== undefined) return `No backend would be tried for ${model}: ${refusal}.\n`
  const verdict = wouldTry(report) ? '' : `No backend would be tried for ${model}.\n`
  const near = verdict !== '' && nearest.length > 0 ? `Did you mean ${nearest.join(', ')}?\n` : ''
  const blocks = [report, ...fallbacks].map((each, index) => `${heading(each, index)}${table(each)}`)
  const most = attempts === 1 ? 'One attempt' : `${attempts} attempts`
  const kept = fallbacks.length > 0 && attempts > 1 ? ', the last one kept for a fallback' : ''
  const limit = verdict === '' ? `${most} at most${kept}. ` : ''
  return `${verdict}${near}${blocks.join('')}${limit}${AS_OF}\n`
}

/** Nothing where nothing is configured for the model: then the list says all there is. */
function heading({ model, entry, strategy }: ModelRoute, index: number): string {
  const lead = index === 0 ? '' : 'else '
  if (entry === undefined) return index === 0 ? '' : `${lead}${model}\n`
  return `${lead}${model}: ${entry === model ? '' : `by the entry ${entry}, `}${strategy}\n`
}

function table({ model, candidates, excluded, refusal }: ModelRoute): string {
  if (refusal !== undefined) return `-   ${refusal}\n`
  const rows = [
    ...candidates.map((each, at) => ({
      lead: `${at + 1}.`,
      name: each.backend,
      text: each.target === model ? each.reason : `${each.reason}, asked for ${each.target}`,
    })),
    ...excluded.map(({ backend, reason }) => ({ lead: '-', name: backend, text: reason })),
  ]
  const width = Math.max(0, ...rows.map(({ name }) => name.length))
  return rows.map(({ lead, name, text }) => `${lead.padEnd(3)} ${name.padEnd(width)}  ${text}\n`).join('')
}
