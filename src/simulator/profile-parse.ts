// Reads a profile that somebody wrote: one table of fields, every problem reported at once with its path.

import { faultNames, findFault } from './faults.ts'
import type { FaultRule } from './fault-set.ts'
import { isObject } from './json.ts'
import {
  defaultProfile,
  type ModelProfile,
  type ProfileInput,
  serverKinds,
  type SimulatorProfile,
  toModelProfile,
} from './profile.ts'

export interface ProfileProblem {
  readonly path: string
  readonly message: string
}

export class SimulatorProfileError extends Error {
  readonly problems: readonly ProfileProblem[]

  constructor(problems: readonly ProfileProblem[]) {
    const lines = problems.map((problem) => `${problem.path}: ${problem.message}`)
    super(`the simulator profile has ${problems.length} problem(s):\n  ${lines.join('\n  ')}`)
    this.name = 'SimulatorProfileError'
    this.problems = problems
  }
}

type Report = (path: string, message: string) => void
interface Place {
  readonly path: string
  readonly report: Report
}
type Field<T> = (value: unknown, path: string, report: Report) => T | undefined
type Fields<T> = { readonly [K in keyof T]: Field<NonNullable<T[K]>> }

const MAX_SAFE = Number.MAX_SAFE_INTEGER

function number(options: { least: number; most?: number; whole?: boolean }): Field<number> {
  const { least, most = MAX_SAFE, whole = true } = options
  return (value, path, report) => {
    const fits = typeof value === 'number' && value >= least && value <= most
    if (fits && (!whole || Number.isInteger(value))) return value
    const range = most === MAX_SAFE ? `of at least ${least}` : `from ${least} to ${most}`
    report(path, `must be a ${whole ? 'whole ' : ''}number ${range}`)
    return undefined
  }
}

const flag: Field<boolean> = (value, path, report) => {
  if (typeof value === 'boolean') return value
  report(path, 'must be true or false')
  return undefined
}

const text: Field<string> = (value, path, report) => {
  if (typeof value === 'string') return value
  report(path, 'must be text')
  return undefined
}

const name: Field<string> = (value, path, report) => {
  if (typeof value === 'string' && value !== '') return value
  report(path, 'must be text that is not empty')
  return undefined
}

function oneOf<T extends string>(choices: readonly T[]): Field<T> {
  return (value, path, report) => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) report(path, `must be one of ${choices.join(', ')}`)
    return found
  }
}

function listOf<T>(item: Field<T>): Field<readonly T[]> {
  return (value, path, report) => {
    if (!Array.isArray(value)) {
      report(path, 'must be a list')
      return undefined
    }
    return value
      .map((entry, i) => item(entry, `${path}[${i}]`, report))
      .filter((entry) => entry !== undefined)
  }
}

/** Reads the keys that are there; unknown keys are problems, because a typing error must not be a default. */
function readFields<T>(fields: Fields<T>, given: unknown, place: Place): Partial<T> {
  const { path, report } = place
  if (!isObject(given)) {
    report(path === '' ? '(profile)' : path, 'must be an object')
    return {}
  }
  const read: Partial<T> = {}
  for (const [key, value] of Object.entries(given)) {
    const at = path === '' ? key : `${path}.${key}`
    if (!Object.hasOwn(fields, key))
      report(at, `unknown key; known keys are ${Object.keys(fields).join(', ')}`)
    else if (value !== undefined) {
      const field = key as keyof T
      const result = fields[field](value, at, report)
      if (result !== undefined) read[field] = result
    }
  }
  return read
}

const modelFields: Fields<ModelProfile> = {
  name,
  sizeBytes: number({ least: 0 }),
  sizeVramBytes: number({ least: 0 }),
  cold: flag,
  loadMs: number({ least: 0 }),
  contextTokens: number({ least: 1 }),
  family: text,
  parameterSize: text,
  quantization: text,
  capabilities: listOf(text),
}

const model: Field<ModelProfile> = (value, path, report) => {
  if (typeof value === 'string' && value !== '') return toModelProfile(value)
  const read = readFields(modelFields, value, { path, report })
  if (read.name === undefined) {
    if (isObject(value) && !('name' in value)) report(`${path}.name`, 'is missing')
    return undefined
  }
  const base = toModelProfile(read.name)
  // A size without a VRAM size means wholly in VRAM, as a person who writes one number expects.
  return { ...base, sizeVramBytes: read.sizeBytes ?? base.sizeVramBytes, ...read }
}

const ruleFields: Fields<FaultRule> = {
  fault: oneOf(faultNames),
  arg: number({ least: 0, whole: false }),
  probabilityRatio: number({ least: 0, most: 1, whole: false }),
  models: listOf(name),
}

const rule: Field<FaultRule> = (value, path, report) => {
  const read = readFields(ruleFields, value, { path, report })
  if (read.fault === undefined) {
    if (isObject(value) && !('fault' in value)) report(`${path}.fault`, 'is missing')
    return undefined
  }
  if (read.arg !== undefined && findFault(read.fault)?.argument === undefined) {
    report(`${path}.arg`, `${read.fault} takes no argument`)
  }
  return { arg: undefined, probabilityRatio: 1, models: undefined, ...read, fault: read.fault }
}

const profileFields: Fields<SimulatorProfile> = {
  kind: oneOf(serverKinds),
  onlyOwnPaths: flag,
  version: text,
  seed: number({ least: 0 }),
  models: listOf(model),
  strictModels: flag,
  listFaultModels: flag,
  firstTokenMs: number({ least: 0, whole: false }),
  tokensPerSecond: number({ least: 0, whole: false }),
  jitterRatio: number({ least: 0, most: 1, whole: false }),
  prefillMsPer1kTokens: number({ least: 0, whole: false }),
  slots: number({ least: 0 }),
  queueLength: number({ least: 0 }),
  outputTokens: number({ least: 0, most: 1_000_000 }),
  modelKeepAliveMs: number({ least: 0 }),
  loadDiesWithCaller: flag,
  listsLoading: flag,
  loading: flag,
  embeddingDimensions: number({ least: 1, most: 16_384 }),
  earlyHeaders: flag,
  faults: listOf(rule),
  refuse: flag,
  refuseForMs: number({ least: 0, most: 86_400_000 }),
  apiKey: text,
  maxBodyBytes: number({ least: 0 }),
  idleConnectionMs: number({ least: 1 }),
  recordRequests: flag,
  ledgerEntries: number({ least: 0, most: 1_000_000 }),
}

/** Changes a profile: keys that are given replace, the rest stays. Throws SimulatorProfileError. */
export function changeProfile(base: SimulatorProfile, change: unknown): SimulatorProfile {
  const problems: ProfileProblem[] = []
  const report: Report = (path, message) => problems.push({ path, message })
  const read = readFields(profileFields, change, { path: '', report })
  const names = (read.models ?? []).map((entry) => entry.name)
  for (const twice of new Set(names.filter((entry, i) => names.indexOf(entry) !== i))) {
    problems.push({ path: 'models', message: `"${twice}" is there more than once` })
  }
  if (problems.length > 0) throw new SimulatorProfileError(problems)
  return { ...base, ...read }
}

export function parseProfile(json: unknown): SimulatorProfile {
  return changeProfile(defaultProfile, json)
}

/** The same for code, where the compiler helps with the names. */
export function toProfile(input: ProfileInput = {}): SimulatorProfile {
  return parseProfile(input)
}
