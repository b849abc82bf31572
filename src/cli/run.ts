// From words on a command line to an exit code. Throws nothing that a person could have caused.
import { CommanderError, type Command } from 'commander'
import { findNearest } from '../config/nearest.ts'
import { LATER_COMMANDS } from './later.ts'
import { createProgram } from './program.ts'
import { EXIT, type World } from './world.ts'

export async function run(argv: readonly string[], world: World): Promise<number> {
  let code: number = EXIT.ok
  const program = createProgram({ world, exit: (ended) => (code = ended) })
  const complaint = complainOfCommand(argv, program)
  if (complaint !== undefined) {
    world.streams.stderr.write(`error: ${complaint}\n`)
    return EXIT.usage
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // The parser has already said what is wrong; help and version that were asked for end well.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}

/** The parser would take an unknown word for an argument of `serve`, and say nothing useful. */
function complainOfCommand(argv: readonly string[], program: Command): string | undefined {
  const words = leadingWords(argv)
  let level = program
  for (const [depth, word] of words.entries()) {
    const known = level.commands.map((command) => command.name())
    if (known.length === 0) return undefined
    const next = level.commands.find((command) => command.name() === word)
    if (next === undefined && word !== 'help') return complainOfWord(words.slice(0, depth + 1), known)
    if (next === undefined) return undefined
    level = next
  }
  return undefined
}

function leadingWords(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  return end === -1 ? argv : argv.slice(0, end)
}

function complainOfWord(words: readonly string[], known: readonly string[]): string {
  const command = words.join(' ')
  const later = LATER_COMMANDS.get(command)
  if (later !== undefined) return `this version of Weir does not have "weir ${command}" yet (${later})`
  const [near] = findNearest(words.at(-1) ?? '', known)
  const advice = near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`
  return `there is no command "weir ${command}"; ${advice}`
}
