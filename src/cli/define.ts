// How a command is put together: its flags, and what its end means for the process.
import { Option, type Command } from 'commander'
import { createLoader, type LoadResult } from '../config/load.ts'
import {
  BACKEND_SETTING,
  FILE_SETTING,
  OLLAMA_SETTING,
  OUTSIDE_SETTINGS,
  type Given,
} from '../config/settings.ts'
import type { World } from './world.ts'

export interface CommandContext {
  readonly world: World
  /** Notes with what the process is to end. */
  readonly exit: (code: number) => void
}

/** A command adds itself to the program. */
export type DefineCommand = (program: Command, context: CommandContext) => void

type Flags = Readonly<Record<string, unknown>>

/** Adds every flag that says something about the configuration. */
export function addConfigFlags(command: Command): Command {
  command.addOption(new Option(`-c, ${FILE_SETTING.flag} <${FILE_SETTING.argument}>`, FILE_SETTING.meaning))
  command.addOption(new Option(`${OLLAMA_SETTING.flag} <${OLLAMA_SETTING.argument}>`, OLLAMA_SETTING.meaning))
  const backend = new Option(
    `${BACKEND_SETTING.flag} <${BACKEND_SETTING.argument}>`,
    'a backend; may be repeated',
  )
  command.addOption(backend.argParser((text: string, before: readonly string[] = []) => [...before, text]))
  for (const { flag, argument, meaning } of OUTSIDE_SETTINGS) {
    command.addOption(new Option(`${flag} <${argument}>`, meaning))
  }
  return command
}

/** Adds the flags that say where data is kept: by the configuration, or by name. */
export function addStoreFlags(command: Command): Command {
  const settings = [FILE_SETTING, ...OUTSIDE_SETTINGS.filter(({ path }) => path.join() === 'data')]
  for (const { flag, argument, meaning } of settings) {
    const short = flag === FILE_SETTING.flag ? '-c, ' : ''
    command.addOption(new Option(`${short}${flag} <${argument}>`, meaning))
  }
  return command
}

/** Reads the configuration that these flags, the environment and the file make together. */
export function toLoader(flags: Flags, { env, cwd }: World): () => LoadResult {
  return createLoader({ file: textOf(flags, FILE_SETTING.flag), given: toGiven(flags), env, cwd })
}

function toGiven(flags: Flags): readonly Given[] {
  const values = OUTSIDE_SETTINGS.flatMap(({ flag, path }): Given[] => {
    const text = textOf(flags, flag)
    return text === undefined ? [] : [{ kind: 'value', by: flag, path, text }]
  })
  const ollama = textOf(flags, OLLAMA_SETTING.flag)
  const backends = flags[toAttribute(BACKEND_SETTING.flag)]
  return [
    ...values,
    ...(ollama === undefined ? [] : [{ kind: 'ollama', by: OLLAMA_SETTING.flag, text: ollama } as const]),
    ...(Array.isArray(backends) ? backends : []).map((text): Given => ({
      kind: 'backend',
      by: BACKEND_SETTING.flag,
      text: String(text),
    })),
  ]
}

function textOf(flags: Flags, flag: string): string | undefined {
  const value = flags[toAttribute(flag)]
  return typeof value === 'string' ? value : undefined
}

/** The name under which the parser keeps a flag: `--metrics-addr` -> `metricsAddr`. */
function toAttribute(flag: string): string {
  return new Option(flag).attributeName()
}

/** Passes a reader's warnings on, one line each. */
export function warn(world: World, warnings: readonly string[]): void {
  for (const warning of warnings) world.streams.stderr.write(`weir: warning: ${warning}\n`)
}
