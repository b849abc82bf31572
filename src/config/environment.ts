// What the WEIR_* variables of the environment say. A variable that is set but empty counts as not set.
import { findNearest } from './nearest.ts'
import {
  BACKEND_SETTING,
  FILE_SETTING,
  OLLAMA_SETTING,
  OUTSIDE_SETTINGS,
  VARIABLES,
  type Given,
} from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface EnvironmentSettings {
  readonly file: string | undefined
  readonly given: readonly Given[]
  /** A sentence for each WEIR_* variable that means nothing here. */
  readonly warnings: readonly string[]
}

/**
 * For a service called `weir` Kubernetes puts its address into variables of these shapes; nobody wrote them.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const FROM_KUBERNETES =
  /^WEIR_(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)$/

/** `mentioned`: variables that the file itself asks for with `${env:…}`. */
export function readEnvironment(
  env: Environment,
  mentioned: ReadonlySet<string> = new Set(),
): EnvironmentSettings {
  const read = (variable: string): string | undefined => (env[variable] === '' ? undefined : env[variable])
  const given: Given[] = []
  for (const { variable, path } of OUTSIDE_SETTINGS) {
    const text = read(variable)
    if (text !== undefined) given.push({ kind: 'value', by: variable, path, text })
  }
  const ollama = read(OLLAMA_SETTING.variable)
  if (ollama !== undefined) given.push({ kind: 'ollama', by: OLLAMA_SETTING.variable, text: ollama })
  for (const text of (read(BACKEND_SETTING.variable) ?? '').split(/\s+/)) {
    if (text !== '') given.push({ kind: 'backend', by: BACKEND_SETTING.variable, text })
  }
  const unknown = Object.keys(env).filter(
    (name) =>
      name.startsWith('WEIR_') &&
      !VARIABLES.includes(name) &&
      !mentioned.has(name) &&
      !FROM_KUBERNETES.test(name),
  )
  return { file: read(FILE_SETTING.variable), given, warnings: unknown.sort().map(warnOf) }
}

function warnOf(variable: string): string {
  const [near] = findNearest(variable, VARIABLES)
  const advice = near === undefined ? 'it is ignored' : `did you mean ${near}?`
  return `the environment variable ${variable} is not one that Weir reads; ${advice}`
}
