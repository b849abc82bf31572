// Remembers one value for a tuple of short texts and numbers, without building a key: one map look-up per element.
// Bounded: when it is full it forgets everything, which costs a little time and loses nothing.

export type TupleKey = string | number | boolean | undefined

export class TupleNode<V> {
  value: V | undefined = undefined
  #children: Map<TupleKey, TupleNode<V>> | undefined = undefined

  at(key: TupleKey): TupleNode<V> {
    const children = (this.#children ??= new Map<TupleKey, TupleNode<V>>())
    const known = children.get(key)
    if (known !== undefined) return known
    const node = new TupleNode<V>()
    children.set(key, node)
    return node
  }
}

export interface TupleCache<V> {
  /** Where a tuple begins: `cache.root().at(a).at(b)`. */
  root(): TupleNode<V>
  /** Stores the value of a node that had none. */
  keep(node: TupleNode<V>, value: V): V
}

export function createTupleCache<V>(most: number): TupleCache<V> {
  let root = new TupleNode<V>()
  let size = 0
  return {
    root: () => root,
    keep(node, value) {
      if (size >= most) {
        root = new TupleNode<V>()
        size = 0
        return value
      }
      size += 1
      node.value = value
      return value
    },
  }
}
