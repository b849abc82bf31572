// Notes which addresses of the configuration became others, and which could not: people must follow both.

export interface Move {
  /** `backends[0].url`. */
  readonly key: string
  readonly from: string
  readonly to: string
}

export interface Moves {
  readonly moved: readonly Move[]
  /** Addresses that mean "this machine" and for which the stack has nothing: a person must say where that is. */
  readonly stuck: readonly string[]
}

export interface Mover extends Moves {
  /** Notes it, and gives where it leads now. */
  to(move: Move): string
  leave(key: string): void
}

export function createMover(): Mover {
  const moved: Move[] = []
  const stuck: string[] = []
  return {
    moved,
    stuck,
    to(move) {
      moved.push(move)
      return move.to
    },
    leave: (key) => void stuck.push(key),
  }
}
