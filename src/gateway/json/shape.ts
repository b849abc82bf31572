// Which values of a JSON document a reader cares about, as a tree the scanner can walk beside the bytes.

/** A place in a document. `id` 0 means: only on the way to something. */
export interface Shape {
  readonly id: number
  readonly names: readonly string[]
  readonly keys: readonly Uint8Array[]
  readonly children: readonly Shape[]
  readonly items: Shape | undefined
}

/**
 * How a shape is written down: a number is a place of interest; an object names keys; a one-element array stands for
 * every element of an array. `[id, shape]` marks a container that is of interest itself and has interesting parts.
 */
export type ShapeSpec =
  number | { readonly [key: string]: ShapeSpec } | readonly [ShapeSpec] | readonly [number, ShapeSpec]

const encoder = new TextEncoder()

/** Turns the written form into what the scanner walks. Done once, when a module loads. */
export function compileShape(spec: ShapeSpec): Shape {
  if (typeof spec === 'number') return toShape(spec, {})
  if (!isPair(spec)) return isList(spec) ? toShape(0, {}, spec[0]) : toShape(0, spec)
  const inner = compileShape(spec[1])
  return { ...inner, id: spec[0] }
}

function isList(spec: ShapeSpec): spec is readonly [ShapeSpec] {
  return Array.isArray(spec)
}

function isPair(spec: ShapeSpec): spec is readonly [number, ShapeSpec] {
  return Array.isArray(spec) && spec.length === 2
}

function toShape(id: number, keys: { readonly [key: string]: ShapeSpec }, items?: ShapeSpec): Shape {
  const names = Object.keys(keys)
  return {
    id,
    names,
    keys: names.map((name) => encoder.encode(name)),
    children: Object.values(keys).map(compileShape),
    items: items === undefined ? undefined : compileShape(items),
  }
}
