// What names resolve to, asked again every few seconds and remembered through failures of the name service.
// Per process. It judges no address and opens no connection.
import { lookup as lookupByThread } from 'node:dns/promises'
import type { Clock } from '../../../core/clock.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

/** Asks the system for every address of a name; rejects when there is none. */
export type Lookup = (host: string) => Promise<readonly Address[]>

/** By getaddrinfo, which reads /etc/hosts and search domains as every other program here does. */
export const systemLookup: Lookup = (host) => lookupByThread(host, { all: true, order: 'verbatim' })

/** getaddrinfo does not say how long an answer holds. Short enough for a failover by DNS, long enough for a burst. */
const FRESH_MS = 5_000

/** How long a name that does not resolve any more keeps its last addresses: longer, and they may be somebody else's. */
const STALE_MS = 600_000

/** A lookup that takes longer is not waited for by those who have a stale answer. */
const PATIENCE_MS = 100

/** After a failure the stale answer counts as fresh for so long. */
const FAILURE_REST_MS = 1_000

/** How long an address that did not connect while another one did is tried last (RFC 8305 2: cache the outcome). */
const AVOID_MS = 60_000

/** getaddrinfo holds a thread of libuv's pool of four until the name service gives up; files need one too. */
const MAX_LOOKUPS = 3

/** Hosts of a configuration are few; those of many reloads are not kept for ever. */
const MAX_NAMES = 1_000

interface Entry {
  addresses: readonly Address[]
  freshUntilMs: number
  usableUntilMs: number
  looking: Promise<readonly Address[]> | undefined
  lookingSinceMs: number
  /** Address -> until when. */
  readonly avoided: Map<string, number>
}

export class NameCache {
  readonly #clock: Clock
  readonly #lookup: Lookup
  readonly #entries = new Map<string, Entry>()
  readonly #queue: (() => void)[] = []
  #lookups = 0

  constructor({ clock, lookup }: { clock: Clock; lookup: Lookup }) {
    this.#clock = clock
    this.#lookup = lookup
  }

  /** The addresses of a name, the most promising first: at once where they are known. Rejects when there are none. */
  find(host: string): readonly Address[] | Promise<readonly Address[]> {
    const nowMs = this.#clock.now()
    const entry = this.#entryOf(host)
    if (nowMs < entry.freshUntilMs) return entry.addresses
    const looking = this.#look(host, entry)
    if (nowMs >= entry.usableUntilMs) return looking
    const stale = entry.addresses
    return nowMs - entry.lookingSinceMs >= PATIENCE_MS ? stale : this.#waitBriefly(looking, stale)
  }

  /** Notes that an address did not connect in time, so that others of the same name are tried before it. */
  avoid(host: string, address: string): void {
    const entry = this.#entryOf(host)
    entry.avoided.set(address, this.#clock.now() + AVOID_MS)
    entry.addresses = this.#sorted(entry, entry.addresses)
  }

  #entryOf(host: string): Entry {
    const known = this.#entries.get(host)
    if (known !== undefined) return known
    if (this.#entries.size >= MAX_NAMES) this.#entries.clear()
    const entry: Entry = {
      addresses: [],
      freshUntilMs: -Infinity,
      usableUntilMs: -Infinity,
      looking: undefined,
      lookingSinceMs: 0,
      avoided: new Map(),
    }
    this.#entries.set(host, entry)
    return entry
  }

  /** One lookup for each name at a time; everybody who asks meanwhile shares it. */
  #look(host: string, entry: Entry): Promise<readonly Address[]> {
    if (entry.looking !== undefined) return entry.looking
    entry.lookingSinceMs = this.#clock.now()
    const looking = this.#inTurn(host).then(
      (found) => this.#learn(entry, found),
      (thrown: unknown) => this.#makeDo(entry, thrown),
    )
    entry.looking = looking
    return looking
  }

  async #inTurn(host: string): Promise<readonly Address[]> {
    while (this.#lookups >= MAX_LOOKUPS) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#lookups += 1
    try {
      return await this.#lookup(host)
    } finally {
      this.#lookups -= 1
      this.#queue.shift()?.()
    }
  }

  #learn(entry: Entry, found: readonly Address[]): readonly Address[] {
    const nowMs = this.#clock.now()
    entry.looking = undefined
    entry.freshUntilMs = nowMs + FRESH_MS
    entry.usableUntilMs = nowMs + STALE_MS
    for (const [address, untilMs] of entry.avoided) if (untilMs <= nowMs) entry.avoided.delete(address)
    entry.addresses = this.#sorted(entry, found)
    return entry.addresses
  }

  #makeDo(entry: Entry, thrown: unknown): readonly Address[] {
    const nowMs = this.#clock.now()
    entry.looking = undefined
    if (nowMs >= entry.usableUntilMs) throw thrown
    entry.freshUntilMs = nowMs + FAILURE_REST_MS
    return entry.addresses
  }

  #waitBriefly(looking: Promise<readonly Address[]>, stale: readonly Address[]): Promise<readonly Address[]> {
    return new Promise((resolve) => {
      const stopTimer = this.#clock.after(PATIENCE_MS, () => resolve(stale))
      const settle = (found: readonly Address[]): void => {
        stopTimer()
        resolve(found)
      }
      looking.then(settle, () => settle(stale))
    })
  }

  #sorted({ avoided }: Entry, addresses: readonly Address[]): readonly Address[] {
    if (avoided.size === 0) return addresses
    const isAvoided = ({ address }: Address): boolean => avoided.has(address)
    return [...addresses.filter((each) => !isAvoided(each)), ...addresses.filter(isAvoided)]
  }
}
