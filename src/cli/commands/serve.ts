// `weir serve`, which is also `weir` with no command: reads the configuration and hands over to the gateway.
import { explain } from '../../config/explain.ts'
import { addConfigFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import { EXIT } from '../world.ts'

export const defineServe: DefineCommand = (program, { world, exit }) => {
  addConfigFlags(program.command('serve', { isDefault: true }))
    .description('run the gateway (also without the word serve)')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const load = toLoader(flags, world)
      const first = load()
      warn(world, first.warnings)
      if (!first.ok) {
        world.streams.stderr.write(explain(first.problems))
        return exit(EXIT.usage)
      }
      const { config, files, digests } = first
      const { streams, signals } = world
      const build = world.readBuild()
      exit(await world.serve({ config, files, digests, load, streams, signals, build }))
    })
}
