// What both commands about a stack ask first: which configuration, which folder, for which target.
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type * as App from '../../app/stack.ts'
import { explain } from '../../config/explain.ts'
import { STACK_TARGETS, type StackTarget } from '../../stack/stack.ts'
import { addConfigFlags, toLoader, warn } from '../define.ts'
import { EXIT, type World } from '../world.ts'

export type StackFlags = Readonly<Record<string, unknown>> & { readonly target?: StackTarget }

export function addStackFlags(command: Command): Command {
  const target = new Option(
    '--target <TARGET>',
    'where it is to run; without this as it was written last, else compose',
  )
  return addConfigFlags(command).addOption(target.choices(STACK_TARGETS))
}

/** Undefined when the folder or the configuration cannot be used, which was said. */
export function toQuestion(folder: string, flags: StackFlags, world: World): App.StackQuestion | undefined {
  if (folder === '') {
    // What a shell makes of "$DIR" where nobody set it; it would mean the folder that people stand in.
    world.streams.stderr.write('error: DIR is empty; name a folder, or . for this one\n')
    return undefined
  }
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (!result.ok) {
    world.streams.stderr.write(explain(result.problems))
    return undefined
  }
  const { version } = world.readBuild()
  return { config: result.config, folder: resolve(world.cwd, folder), target: flags.target, version }
}

/** Says what is wrong with the folder; anything else is ours. */
export async function orRefuse(world: World, run: (app: typeof App) => Promise<number>): Promise<number> {
  const app = await import('../../app/stack.ts')
  try {
    return await run(app)
  } catch (thrown) {
    if (!(thrown instanceof app.StackFolderError)) throw thrown
    world.streams.stderr.write(`error: ${thrown.message}\n`)
    return EXIT.usage
  }
}
