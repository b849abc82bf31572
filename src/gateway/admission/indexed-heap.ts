// A binary heap whose members know their place, so that one that leaves the middle is found at once. Order only, no meaning.

/** Something that can stand in one heap. */
export interface Heaped {
  /** Its place; -1 when it stands in none. Kept by the heap alone. */
  heapIndex: number
}

export class IndexedHeap<T extends Heaped> {
  readonly #members: T[] = []
  readonly #isBefore: (a: T, b: T) => boolean

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#members.length
  }

  get first(): T | undefined {
    return this.#members[0]
  }

  add(member: T): void {
    this.#members.push(member)
    this.#rise(member, this.#members.length - 1)
  }

  /** Harmless for one that is not here. */
  delete(member: T): void {
    const { heapIndex } = member
    if (heapIndex === -1) return
    const last = this.#members.pop()
    member.heapIndex = -1
    if (last === undefined || last === member) return
    this.#settle(last, heapIndex)
  }

  /** What decides its place has changed. */
  update(member: T): void {
    if (member.heapIndex !== -1) this.#settle(member, member.heapIndex)
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#members.values()
  }

  #settle(member: T, index: number): void {
    this.#rise(member, index)
    if (member.heapIndex === index) this.#sink(member, index)
  }

  #rise(member: T, from: number): void {
    let index = from
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#members[above]
      if (parent === undefined || !this.#isBefore(member, parent)) break
      this.#put(parent, index)
      index = above
    }
    this.#put(member, index)
  }

  #sink(member: T, from: number): void {
    let index = from
    for (;;) {
      const left = this.#members[2 * index + 1]
      const right = this.#members[2 * index + 2]
      const child = left !== undefined && right !== undefined && this.#isBefore(right, left) ? right : left
      if (child === undefined || !this.#isBefore(child, member)) break
      const below = child.heapIndex
      this.#put(child, index)
      index = below
    }
    this.#put(member, index)
  }

  #put(member: T, index: number): void {
    this.#members[index] = member
    member.heapIndex = index
  }
}
