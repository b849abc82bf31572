// Which faults one request gets: from its model name (`sim:cut-after-5+tools`), from its header
// (`x-sim-fault: cut-after=5, slow-ttft=200`) and from the profile's rules. Words are checked against faults.ts.

import { type FaultName, findFault } from './faults.ts'

/** The faults of one request with their arguments. */
export type FaultSet = ReadonlyMap<FaultName, number>

export interface FaultRule {
  readonly fault: FaultName
  readonly arg: number | undefined
  /** How often the rule applies, 0 to 1. */
  readonly probabilityRatio: number
  /** Only these models; undefined means all. */
  readonly models: readonly string[] | undefined
}

export const MODEL_PREFIX = 'sim:'
export const FAULT_HEADER = 'x-sim-fault'
export const noFaults: FaultSet = new Map()

/** A word that is not in the vocabulary. A typing error must not look like a healthy answer. */
export class UnknownFaultError extends Error {
  constructor(word: string, where: string) {
    super(`unknown simulator word "${word}" in ${where}`)
    this.name = 'UnknownFaultError'
  }
}

function argumentOf(name: FaultName, given: number | undefined): number {
  return given ?? findFault(name)?.argument?.fallback ?? 0
}

/** `cut-after-5` -> cut-after, 5. Names hold digits and dashes themselves, so a whole name is tried first. */
function parseDashed(word: string): readonly [FaultName, number] | undefined {
  const whole = findFault(word)
  if (whole !== undefined) return [whole.name, argumentOf(whole.name, undefined)]
  const dash = word.lastIndexOf('-')
  const found = dash > 0 ? findFault(word.slice(0, dash)) : undefined
  const digits = word.slice(dash + 1)
  if (found?.argument === undefined || !/^\d{1,9}$/.test(digits)) return undefined
  return [found.name, Number(digits)]
}

export function parseModelFaults(model: string): FaultSet {
  if (!model.startsWith(MODEL_PREFIX)) return noFaults
  const set = new Map<FaultName, number>()
  for (const word of model.slice(MODEL_PREFIX.length).split('+')) {
    // A model that is merely called after the simulator (`sim:latest`) is a typing error too: it says so.
    const parsed = parseDashed(word)
    if (parsed === undefined) throw new UnknownFaultError(word, 'the model name')
    set.set(parsed[0], parsed[1])
  }
  return set
}

export function parseHeaderFaults(header: string): FaultSet {
  const set = new Map<FaultName, number>()
  for (const part of header.split(',')) {
    const word = part.trim()
    if (word === '') continue
    const equals = word.indexOf('=')
    const found = findFault(equals < 0 ? word : word.slice(0, equals).trim())
    const given = equals < 0 ? undefined : Number(word.slice(equals + 1).trim() || Number.NaN)
    const usable =
      given === undefined || (Number.isFinite(given) && given >= 0 && found?.argument !== undefined)
    if (found === undefined || !usable) throw new UnknownFaultError(word, `the ${FAULT_HEADER} header`)
    set.set(found.name, argumentOf(found.name, given))
  }
  return set
}

/** Draws each rule that matches the model. Explicit words (model name, header) win over rules. */
export function chooseFaults(
  sources: { model: string; header: string | undefined; rules: readonly FaultRule[] },
  random: () => number,
): FaultSet {
  const { model, header, rules } = sources
  if (rules.length === 0 && header === undefined && !model.startsWith(MODEL_PREFIX)) return noFaults
  const set = new Map<FaultName, number>()
  for (const rule of rules) {
    if (rule.models !== undefined && !rule.models.includes(model)) continue
    if (random() < rule.probabilityRatio) set.set(rule.fault, argumentOf(rule.fault, rule.arg))
  }
  for (const [name, arg] of parseModelFaults(model)) set.set(name, arg)
  if (header !== undefined) for (const [name, arg] of parseHeaderFaults(header)) set.set(name, arg)
  return set
}

/** For the ledger: `cut-after=5,slow-ttft=200`, or undefined when healthy. */
export function describeFaults(faults: FaultSet): string | undefined {
  if (faults.size === 0) return undefined
  return [...faults].map(([name, arg]) => (findFault(name)?.argument ? `${name}=${arg}` : name)).join(',')
}
