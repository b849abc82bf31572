// Who is next at one gate: by priority, then by how little their tenant holds already, then by whose time runs out first.
// Order only: it knows no slots, no clock and no request.
import { IndexedHeap, type Heaped } from './indexed-heap.ts'

/** 0 is served first. */
export type Rank = 0 | 1 | 2

/** Whoever waits, as far as the order needs to know. One may stand in several queues. */
export interface Waiting {
  readonly rank: Rank
  /** Within a tenant the first to run out of time goes first: with equal patience, that is the order of arrival. */
  readonly dueMs: number
  /** Rises with each arrival; decides between equals. */
  readonly sequence: number
}

/** Where one waits in one queue. */
export interface Place<T extends Waiting> extends Heaped {
  readonly who: T
  readonly share: Share<T>
  lane: Lane<T>
}

/** What one tenant holds and awaits at one gate. */
export interface Share<T extends Waiting> {
  readonly name: string
  /** Slots it holds now. */
  held: number
  /** When it was last given a slot, counted in slots given; below zero for one that never was, in the order of coming. */
  servedAt: number
  readonly lanes: (Lane<T> | undefined)[]
}

/** Those of one tenant and one rank. */
interface Lane<T extends Waiting> extends Heaped {
  readonly share: Share<T>
  readonly rank: Rank
  readonly places: IndexedHeap<Place<T>>
}

const RANKS: readonly Rank[] = [0, 1, 2]

/** Tenants that hold and await nothing are remembered up to this many: forgetting and finding them again costs more. */
const MAX_REMEMBERED = 1_000

export class FairQueue<T extends Waiting> {
  readonly #shares = new Map<string, Share<T>>()
  readonly #byRank = RANKS.map(() => new IndexedHeap<Lane<T>>(isServedBefore))
  #size = 0
  #given = 0
  #comers = Number.MIN_SAFE_INTEGER

  get size(): number {
    return this.#size
  }

  share(name: string): Share<T> {
    let share = this.#shares.get(name)
    if (share === undefined) {
      if (this.#shares.size >= MAX_REMEMBERED) this.#forget()
      share = { name, held: 0, servedAt: (this.#comers += 1), lanes: [undefined, undefined, undefined] }
      this.#shares.set(name, share)
    }
    return share
  }

  /** A slot was given to this tenant. */
  noteHeld(share: Share<T>): void {
    share.held += 1
    share.servedAt = this.#given += 1
    this.#reorder(share)
  }

  noteGivenBack(share: Share<T>): void {
    share.held -= 1
    this.#reorder(share)
  }

  join(share: Share<T>, who: T): Place<T> {
    const lane = this.#laneOf(share, who.rank)
    const place: Place<T> = { who, share, lane, heapIndex: -1 }
    this.#add(place)
    return place
  }

  /** Harmless for one that has left. */
  leave(place: Place<T>): void {
    if (place.heapIndex === -1) return
    this.#size -= 1
    const { lane } = place
    lane.places.delete(place)
    if (lane.places.size === 0) this.#byRank[lane.rank]?.delete(lane)
  }

  /** The rank of who stands here has changed. */
  rerank(place: Place<T>): void {
    if (place.heapIndex === -1) return
    this.leave(place)
    place.lane = this.#laneOf(place.share, place.who.rank)
    this.#add(place)
  }

  get first(): Place<T> | undefined {
    for (const lanes of this.#byRank) {
      const place = lanes.first?.places.first
      if (place !== undefined) return place
    }
    return undefined
  }

  /**
   * How many would be served before this one if slots were only given and nobody else came. An estimate: slots that are
   * given back meanwhile change whose turn it is.
   */
  aheadOf(place: Place<T>): number {
    const { who, share, lane } = place
    let ownAhead = 0
    for (const each of lane.places) if (isDueBefore(each, place)) ownAhead += 1
    const heldThen = share.held + ownAhead
    let ahead = ownAhead
    for (const [rank, lanes] of this.#byRank.entries()) {
      if (rank > who.rank) break
      for (const other of lanes) {
        if (rank < who.rank) ahead += other.places.size
        else if (other !== lane) {
          const turns = heldThen - other.share.held + (other.share.servedAt < share.servedAt ? 1 : 0)
          ahead += Math.max(0, Math.min(other.places.size, turns))
        }
      }
    }
    return ahead
  }

  #add(place: Place<T>): void {
    const { lane } = place
    this.#size += 1
    lane.places.add(place)
    if (lane.heapIndex === -1) this.#byRank[lane.rank]?.add(lane)
  }

  #laneOf(share: Share<T>, rank: Rank): Lane<T> {
    return (share.lanes[rank] ??= { share, rank, places: new IndexedHeap(isDueBefore), heapIndex: -1 })
  }

  #reorder(share: Share<T>): void {
    if (this.#size === 0) return
    for (const lane of share.lanes) if (lane !== undefined) this.#byRank[lane.rank]?.update(lane)
  }

  /** Only those that hold and await nothing. */
  #forget(): void {
    for (const [name, { held, lanes }] of this.#shares) {
      if (held === 0 && lanes.every((lane) => lane === undefined || lane.places.size === 0))
        this.#shares.delete(name)
    }
  }
}

/** Slots held, not turns taken: whoever holds one for minutes must not be given every second one besides. */
function isServedBefore<T extends Waiting>({ share: a }: Lane<T>, { share: b }: Lane<T>): boolean {
  return a.held === b.held ? a.servedAt < b.servedAt : a.held < b.held
}

function isDueBefore<T extends Waiting>({ who: a }: Place<T>, { who: b }: Place<T>): boolean {
  return a.dueMs === b.dueMs ? a.sequence < b.sequence : a.dueMs < b.dueMs
}
