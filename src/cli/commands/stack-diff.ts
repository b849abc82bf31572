// `weir stack diff DIR`: how far its files are from what would be written now.
import type { DiffReport } from '../../app/stack.ts'
import type { DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { addStackFlags, orRefuse, toQuestion, type StackFlags } from './stack-load.ts'

interface DiffFlags extends StackFlags {
  readonly json?: true
}

export const defineStackDiff: DefineCommand = (stack, { world, exit }) => {
  addStackFlags(stack.command('diff <DIR>'))
    .description('show which files differ from what would be written now, and how; exit 1 if one does')
    .option('--json', 'print one JSON object instead')
    .action(async (folder: string, flags: DiffFlags) => exit(await run(folder, flags, world)))
}

async function run(folder: string, flags: DiffFlags, world: World): Promise<number> {
  const question = toQuestion(folder, flags, world)
  if (question === undefined) return EXIT.usage
  return orRefuse(world, async ({ diffStack, printSurvey, toSurveyJson }) => {
    const report = await diffStack(question)
    const text =
      flags.json === true
        ? `${JSON.stringify(toSurveyJson(report))}\n`
        : `${printSurvey(report)}${summarise(folder, report)}\n`
    world.streams.stdout.write(text)
    return report.files.some(({ state }) => state !== 'same') ? EXIT.no : EXIT.ok
  })
}

function summarise(folder: string, { files, target, isNew, isManifestBroken }: DiffReport): string {
  const apart = files.filter(({ state }) => state !== 'same').length
  if (apart === 0) return `All ${files.length} files are as they would be written, for ${target}.`
  const known = isManifestBroken
    ? ' What was written before is not known: .weir-stack.json cannot be read.'
    : isNew
      ? ' Nothing was ever written here.'
      : ''
  return `${apart} of ${files.length} files differ, for ${target}.${known} weir stack init ${folder} writes them, but for what somebody changed.`
}
