// `weir stack init DIR`: writes the files, over none that somebody changed.
import { relative } from 'node:path'
import type { InitReport, WrittenFile } from '../../app/stack.ts'
import type { DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { addStackFlags, orRefuse, toQuestion, type StackFlags } from './stack-load.ts'

interface InitFlags extends StackFlags {
  readonly force?: true
}

export const defineStackInit: DefineCommand = (stack, { world, exit }) => {
  addStackFlags(stack.command('init <DIR>'))
    .description(
      'write the files; those that somebody changed are kept, and the exit code is 1 then. Again after a change of the configuration',
    )
    .option('--force', 'also over what somebody changed')
    .action(async (folder: string, flags: InitFlags) => exit(await run(folder, flags, world)))
}

async function run(folder: string, flags: InitFlags, world: World): Promise<number> {
  const question = toQuestion(folder, flags, world)
  if (question === undefined) return EXIT.usage
  return orRefuse(world, async ({ initStack, toNextSteps }) => {
    const report = await initStack({ ...question, force: flags.force === true })
    const { stdout, stderr } = world.streams
    stdout.write(print(report, { folder, cwd: world.cwd }))
    for (const advice of report.advice) stderr.write(`weir: warning: ${advice}\n`)
    const steps = toNextSteps(report.input)
    stdout.write(`\nNext, in ${folder}:\n${steps.map(printStep).join('')}`)
    return report.isWhole ? EXIT.ok : EXIT.no
  })
}

function printStep({
  what,
  commands,
}: {
  readonly what: string
  readonly commands: readonly string[]
}): string {
  return `  # ${what}\n${commands.map((command) => `  ${command}\n`).join('')}`
}

const OUTCOME_WIDTH = 'overwritten'.length + 2

/** Files that were as they should be are counted; the others have a line each. */
function print(
  { files, input, isManifestBroken }: InitReport,
  { folder, cwd }: { readonly folder: string; readonly cwd: string },
): string {
  const changed = files.filter(({ outcome }) => outcome !== 'unchanged')
  const unchanged = files.length - changed.length
  const broken = isManifestBroken
    ? 'What was written here before is not known: .weir-stack.json cannot be read. Every file counts as changed.\n'
    : ''
  const rest =
    unchanged === 0
      ? ''
      : `${unchanged} ${changed.length === 0 ? 'files are' : 'more are'} as they should be\n`
  return `${broken}${folder}, for ${input.target}, ${printSource(input.config.source, cwd)}:\n${changed.map(printFile).join('')}${rest}${printHint(folder, files)}`
}

function printSource({ file }: InitReport['input']['config']['source'], cwd: string): string {
  return file === undefined ? 'without a configuration file' : `from ${relative(cwd, file)}`
}

function printFile({ path, outcome, why }: WrittenFile): string {
  return `  ${outcome.padEnd(OUTCOME_WIDTH)}${path}${why === undefined ? '' : `  (${why})`}\n`
}

function printHint(folder: string, files: readonly WrittenFile[]): string {
  const has = (...outcomes: readonly WrittenFile['outcome'][]): boolean =>
    files.some(({ outcome }) => outcomes.includes(outcome))
  return [
    ...(has('kept')
      ? [`Kept as they are; weir stack diff ${folder} shows the difference, --force overwrites them.`]
      : []),
    ...(has('left') ? ['Left, though no longer part of the stack; delete them yourself.'] : []),
    ...(has('failed') ? ['What failed was not written; the other files were.'] : []),
  ]
    .map((line) => `${line}\n`)
    .join('')
}
