// Places in a configuration, and the plain values at them. Own keys only: a key called __proto__ is a key like any other.

/** Keys and list positions, from the top of the configuration down. */
export type ConfigPath = readonly (string | number)[]

const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]*$/

/** `backends[0].url`, as people name a place in a configuration. */
export function printPath(path: ConfigPath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** `backends[].url`: the same for every entry of a list. */
export function printPattern(path: ConfigPath): string {
  return printPath(path).replaceAll(/\[\d+\]/g, '[]')
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** A copy with one value changed; maps on the way are made. What stands in the way and is neither map nor list stays. */
export function withValue(root: unknown, path: ConfigPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(root) && typeof step === 'number') {
    return root.toSpliced(step, 1, withValue(root[step], rest, value))
  }
  const map = root ?? {}
  return isMap(map) ? { ...map, [step]: withValue(map[step], rest, value) } : root
}

/** Whether a value is a map of keys, as opposed to a list, text or nothing. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
