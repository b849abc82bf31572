// THE LIST OF COMMANDS, put together into one program. What each does is in commands/.
import { Command, CommanderError } from 'commander'
import { printBuild } from './build.ts'
import { defineAlerts } from './commands/alerts.ts'
import { defineCheck } from './commands/check.ts'
import { defineDoctor } from './commands/doctor.ts'
import { defineKeys } from './commands/keys.ts'
import { defineLoad } from './commands/load.ts'
import { defineRequests } from './commands/requests.ts'
import { defineRoute } from './commands/route.ts'
import { defineServe } from './commands/serve.ts'
import { defineSimulate } from './commands/simulate.ts'
import { defineSla } from './commands/sla.ts'
import { defineStack } from './commands/stack.ts'
import type { CommandContext, DefineCommand } from './define.ts'

const COMMANDS: readonly DefineCommand[] = [
  defineServe,
  defineCheck,
  defineDoctor,
  defineKeys,
  defineRoute,
  defineAlerts,
  defineRequests,
  defineSla,
  defineLoad,
  defineStack,
  defineSimulate,
]

/** Fixed, so that help is the same text on every terminal and in the reference page. */
const HELP_WIDTH = 100

const AFTER_HELP = `
Without a command, weir serves: weir --ollama-url http://127.0.0.1:11434 --listen :18789
Flags override WEIR_* variables, which override the file, which overrides the defaults.
Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration.`

export function createProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.world.streams
  const program = new Command('weir')
    .description('an AI gateway that explains itself')
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', AFTER_HELP)
  // Not the parser's own version option: that one wants the text before anybody asked for it.
  program.on('option:version', () => {
    stdout.write(`${printBuild(context.world.readBuild())}\n`)
    throw new CommanderError(0, 'commander.version', 'version')
  })
  for (const define of COMMANDS) define(program, context)
  return program
}
