// The settings that can also be given outside the file, by flag or by WEIR_* variable: one list for the command line, the
// environment and their reference pages.
import type { ConfigPath } from './path.ts'

export interface OutsideSetting {
  /** The flag with the kind of value it takes, as help shows it. */
  readonly flag: `--${string}`
  readonly argument: string
  readonly variable: `WEIR_${string}`
  /** Where the same setting stands in the file. */
  readonly path: ConfigPath
  readonly meaning: string
}

export const OUTSIDE_SETTINGS: readonly OutsideSetting[] = [
  {
    flag: '--listen',
    argument: 'ADDR',
    variable: 'WEIR_LISTEN',
    path: ['listen'],
    meaning: 'where callers connect: :port, host:port or unix:/path',
  },
  {
    flag: '--metrics-addr',
    argument: 'ADDR',
    variable: 'WEIR_METRICS_ADDR',
    path: ['metrics', 'listen'],
    meaning: 'where Prometheus connects',
  },
  {
    flag: '--metrics-path',
    argument: 'PATH',
    variable: 'WEIR_METRICS_PATH',
    path: ['metrics', 'path'],
    meaning: 'the path that answers with the metrics',
  },
  {
    flag: '--data-dir',
    argument: 'DIR',
    variable: 'WEIR_DATA_DIR',
    path: ['data'],
    meaning: 'the folder for what is kept',
  },
  {
    flag: '--log-level',
    argument: 'LEVEL',
    variable: 'WEIR_LOG_LEVEL',
    path: ['log', 'level'],
    meaning: 'debug, info, warn or error',
  },
  {
    flag: '--log-format',
    argument: 'FORMAT',
    variable: 'WEIR_LOG_FORMAT',
    path: ['log', 'format'],
    meaning: 'json or pretty',
  },
]

/** A backend is added to those of the file; where one has the same name already, its URL (and kind) is replaced. */
export const OLLAMA_SETTING = {
  flag: '--ollama-url',
  argument: 'URL',
  variable: 'WEIR_OLLAMA_URL',
  meaning: 'an Ollama server, as the backend called ollama',
} as const

export const BACKEND_SETTING = {
  flag: '--backend',
  argument: 'NAME=URL[,kind=KIND]',
  variable: 'WEIR_BACKEND',
  meaning: 'a backend; may be repeated. In the variable several are separated by spaces',
} as const

export const FILE_SETTING = {
  flag: '--config',
  argument: 'FILE',
  variable: 'WEIR_CONFIG',
  meaning: 'the configuration file, ./weir.yaml if there is one',
} as const

/** One value from outside. Of two for the same setting the later one counts. */
export type Given =
  | { readonly kind: 'value'; readonly by: string; readonly path: ConfigPath; readonly text: string }
  | { readonly kind: 'ollama'; readonly by: string; readonly text: string }
  | { readonly kind: 'backend'; readonly by: string; readonly text: string }

export const VARIABLES: readonly string[] = [
  FILE_SETTING.variable,
  ...OUTSIDE_SETTINGS.map(({ variable }) => variable),
  OLLAMA_SETTING.variable,
  BACKEND_SETTING.variable,
]
