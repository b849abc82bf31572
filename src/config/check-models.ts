// Rules between the entries of `models`, and between them and the backends. As in cross-check.ts, nothing here trusts the shape of what it is given.
import { findNearest } from './nearest.ts'
import { printPath, valueAt, type ConfigPath } from './path.ts'
import type { CrossProblem } from './problem.ts'

export function checkModels(settings: unknown): readonly CrossProblem[] {
  const backends = listAt(settings, ['backends']).flatMap((backend) => textAt(backend, ['name']) ?? [])
  const entries = listAt(settings, ['models']).map((model, at) => toEntry(model, at))
  return [
    ...findNameTwins(entries),
    ...entries.flatMap((entry) => [
      ...checkBackends(entry, backends),
      ...checkTarget(entry, entries),
      ...checkFallback(entry),
      ...checkShares(entry),
    ]),
  ]
}

interface Choice {
  readonly path: ConfigPath
  readonly name: string | undefined
  readonly weight: unknown
  readonly priority: unknown
}

interface Entry {
  readonly at: number
  /** Every name callers may use, with its place. */
  readonly names: readonly { readonly name: string; readonly path: ConfigPath }[]
  readonly model: string | undefined
  readonly strategy: unknown
  /** Undefined where none are listed. */
  readonly choices: readonly Choice[] | undefined
  readonly fallback: readonly unknown[]
}

function listAt(settings: unknown, path: ConfigPath): readonly unknown[] {
  const value = valueAt(settings, path)
  return Array.isArray(value) ? value : []
}

function textAt(value: unknown, path: ConfigPath): string | undefined {
  const found = valueAt(value, path)
  return typeof found === 'string' ? found : undefined
}

function toEntry(model: unknown, at: number): Entry {
  const path = ['models', at]
  const places = [
    { name: textAt(model, ['name']), path: [...path, 'name'] },
    ...listAt(model, ['aliases']).map((alias, index) => ({
      name: typeof alias === 'string' ? alias : undefined,
      path: [...path, 'aliases', index],
    })),
  ]
  return {
    at,
    names: places.flatMap(({ name, path: place }) => (name === undefined ? [] : [{ name, path: place }])),
    model: textAt(model, ['model']),
    strategy: valueAt(model, ['strategy']),
    choices: Array.isArray(valueAt(model, ['backends']))
      ? listAt(model, ['backends']).map((choice, index) => toChoice(choice, [...path, 'backends', index]))
      : undefined,
    fallback: listAt(model, ['fallback']),
  }
}

/** Where something else is wrong too, a name alone is still a name alone. */
function toChoice(choice: unknown, path: ConfigPath): Choice {
  const name = typeof choice === 'string' ? choice : textAt(choice, ['name'])
  return { path, name, weight: valueAt(choice, ['weight']), priority: valueAt(choice, ['priority']) }
}

/** Two entries for one name: which of them is meant could not be told. */
function findNameTwins(entries: readonly Entry[]): CrossProblem[] {
  const first = new Map<string, ConfigPath>()
  return entries.flatMap(({ names }) =>
    names.flatMap(({ name, path }): CrossProblem[] => {
      const twin = first.get(name)
      if (twin === undefined) {
        first.set(name, path)
        return []
      }
      const advice = path.includes('aliases')
        ? 'leave it out in one of the two places'
        : 'give each entry of models a name of its own'
      return [{ path, message: `is the same as ${printPath(twin)}`, advice }]
    }),
  )
}

function checkBackends({ choices = [] }: Entry, known: readonly string[]): CrossProblem[] {
  return choices.flatMap(({ name, path }, index): CrossProblem[] => {
    if (name === undefined) return []
    const twin = choices.findIndex((other) => other.name === name)
    if (twin !== index) return [{ path, message: `is listed twice`, advice: 'list each backend once' }]
    if (known.includes(name)) return []
    const [near] = findNearest(name, known)
    const choice = known.length === 0 ? 'add it to backends' : `backends are: ${known.join(', ')}`
    const advice = near === undefined ? choice : `did you mean ${near}?`
    return [{ path, message: 'expected the name of a backend', advice }]
  })
}

/** What `model` names is not looked up among the entries, which whoever names one there may not expect. */
function checkTarget({ at, model, names, choices }: Entry, entries: readonly Entry[]): CrossProblem[] {
  const other = entries.find((entry) => entry.at !== at && entry.names.some(({ name }) => name === model))
  if (model === undefined || other === undefined || choices !== undefined) return []
  const message = `is an entry of its own (${printPath(['models', other.at])}), and what is said there would not count here`
  const [own] = names
  const alias = own === undefined ? 'aliases' : `aliases: [${JSON.stringify(own.name)}]`
  const advice = `write ${alias} there in place of this entry, or list backends here`
  return [{ path: ['models', at, 'model'], message, advice }]
}

function checkFallback({ at, names, model, fallback }: Entry): CrossProblem[] {
  return fallback.flatMap((name, index): CrossProblem[] => {
    const path = ['models', at, 'fallback', index]
    if (fallback.indexOf(name) !== index) {
      return [{ path, message: 'is listed twice', advice: 'list each model once' }]
    }
    if (name !== model && !names.some((own) => own.name === name)) return []
    return [{ path, message: 'is the model itself', advice: 'name another model, or leave it out' }]
  })
}

function checkShares({ at, strategy, choices }: Entry): CrossProblem[] {
  const listed = choices ?? []
  return [
    ...checkShare({ key: 'weight', strategy, needs: 'weighted', choices: listed }),
    ...checkShare({ key: 'priority', strategy, needs: 'priority', choices: listed }),
    ...checkTiers({ at, strategy, choices: listed }),
  ]
}

interface Share {
  readonly key: 'weight' | 'priority'
  readonly strategy: unknown
  readonly needs: string
  readonly choices: readonly Choice[]
}

function checkShare({ key, strategy, needs, choices }: Share): CrossProblem[] {
  if (strategy === needs) return []
  return choices
    .filter((choice) => choice[key] !== undefined)
    .map(({ path }) => ({
      path: [...path, key],
      message: `counts only with strategy ${needs}`,
      advice: `add strategy: ${needs}, or leave it out`,
    }))
}

function checkTiers({
  at,
  strategy,
  choices,
}: Pick<Entry, 'at' | 'strategy'> & { choices: readonly Choice[] }) {
  const problems: CrossProblem[] = []
  const path = ['models', at, 'strategy']
  if (strategy === 'weighted' && choices.every(({ weight }) => weight === undefined)) {
    const advice = 'list backends with a weight each, or write round-robin'
    problems.push({ path, message: 'no backend here has a weight', advice })
  }
  if (strategy !== 'priority') return problems
  if (choices.length === 0) {
    problems.push({
      path,
      message: 'there is no order to go by',
      advice: 'list backends, the first one first',
    })
  }
  const without = choices.filter(({ priority }) => priority === undefined)
  if (without.length === 0 || without.length === choices.length) return problems
  for (const { path: place } of without) {
    const advice = 'give one to each backend, or to none: then the order of the list counts'
    problems.push({ path: place, message: 'has no priority, others have', advice })
  }
  return problems
}
