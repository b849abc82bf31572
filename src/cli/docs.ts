// The reference page of the command line, made from the commands themselves.
import type { Argument, Command, Option } from 'commander'
import { OUTSIDE_SETTINGS, BACKEND_SETTING, FILE_SETTING, OLLAMA_SETTING } from '../config/settings.ts'
import { LATER_COMMANDS } from './later.ts'
import { createProgram } from './program.ts'
import type { World } from './world.ts'

const INTRODUCTION = `# Command line reference

\`weir\` with no command is \`weir serve\`. Flags override \`WEIR_*\` variables, which override the file, which overrides the defaults
(see the configuration reference). \`ADDR\` is \`:port\` (every interface), \`host:port\` or \`unix:/path\`.

Exit codes: 0 done, or yes; 1 the answer is no; 2 wrong usage or configuration. What was asked for goes to standard output,
everything else to standard error.

\`weir --version\` prints the version and the commit it was built from; \`weir COMMAND --help\` prints the flags of a command.
`

export function printCliReference(): string {
  const later = [...LATER_COMMANDS].map(([name, does]) => `- \`weir ${name}\`: ${does}`)
  return [
    INTRODUCTION,
    ...createProgram({ world: NOWHERE, exit: () => undefined }).commands.flatMap((command) =>
      toSections(command, 'weir'),
    ),
    '## Not in this version',
    '',
    ...later,
    '',
  ].join('\n')
}

/** A world in which nothing can be done; commands are only described here. */
const NOWHERE: World = {
  env: {},
  cwd: '/',
  streams: { stdout: { write: () => true }, stderr: { write: () => true } },
  signals: { on: () => () => undefined },
  ids: { requestId: () => '', keySecret: () => '', random: () => 0 },
  clock: { wall: () => 0 },
  readBuild: () => ({ version: '', commit: '' }),
  serve: () => Promise.resolve(0),
  explainRoute: () => new Promise(() => undefined),
  openAlertDesk: () => new Promise(() => undefined),
  testReceiver: () => new Promise(() => undefined),
}

function toSections(command: Command, before: string): readonly string[] {
  const name = `${before} ${command.name()}`
  if (command.commands.length > 0) return command.commands.flatMap((child) => toSections(child, name))
  const usage = [name, ...command.registeredArguments.map(printArgument), '[flags]'].join(' ')
  const rows = command.options.map((option) => `| ${toCells(option, command).map(escapeCell).join(' | ')} |`)
  const header = ['| flag | variable | default | meaning |', '|---|---|---|---|']
  return [
    `## ${name}`,
    '',
    `\`${usage}\``,
    '',
    `${toSentence(command.description())}`,
    '',
    ...header,
    ...rows,
    '',
  ]
}

function printArgument(argument: Argument): string {
  return argument.required ? argument.name() : `[${argument.name()}]`
}

const SETTINGS = [FILE_SETTING, OLLAMA_SETTING, BACKEND_SETTING, ...OUTSIDE_SETTINGS]

function toCells(option: Option, command: Command): readonly string[] {
  // A flag of the same name elsewhere, such as the simulator's --listen, has nothing to do with the configuration.
  const isConfigured = command.options.some(({ long }) => long === FILE_SETTING.flag)
  const setting = SETTINGS.find(
    ({ flag, argument }) => flag === option.long && option.flags.endsWith(`<${argument}>`),
  )
  const variable = isConfigured ? setting?.variable : undefined
  const fallback = typeof option.defaultValue === 'string' ? `\`${option.defaultValue}\`` : ''
  const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
  const required = option.mandatory ? ' (required)' : ''
  const flag = option.flags.replace(/[<>]/g, '')
  return [
    `\`${flag}\``,
    variable === undefined ? '' : `\`${variable}\``,
    fallback,
    `${option.description}${choices}${required}`,
  ]
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function toSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
