// Who is here now: members come and go with every request, without leaving garbage behind.

/** Something that can stand on one roster. */
export interface Member {
  /** Its place; -1 when it stands on none. Kept by the roster alone. */
  rosterIndex: number
}

/**
 * Not a Set: V8 keeps each outgrown table of a Set linked to the next, so one that was promoted to the old generation, though
 * dead, holds every later table and all their members. Measured, whole requests piled up in the old heap that way, and
 * marking them cost a quarter of the CPU.
 */
export class Roster<T extends Member> {
  readonly #members: T[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: T): void {
    member.rosterIndex = this.#members.length
    this.#members.push(member)
  }

  /** Returns whether it was there. The last member takes its place. */
  delete(member: T): boolean {
    const { rosterIndex } = member
    if (rosterIndex === -1) return false
    const last = this.#members.pop()
    if (last !== undefined && last !== member) {
      this.#members[rosterIndex] = last
      last.rosterIndex = rosterIndex
    }
    member.rosterIndex = -1
    return true
  }

  /** Calls back with each member that stands here now; members may leave meanwhile. */
  forEach(visit: (member: T) => void): void {
    // Backwards: whoever moves into a freed place comes from behind and was visited already.
    for (let index = this.#members.length - 1; index >= 0; index -= 1) {
      const member = this.#members[index]
      if (member !== undefined) visit(member)
    }
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#members.values()
  }
}
