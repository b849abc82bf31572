// The shared ledger as requests meet it: asked while it answers, done without while it does not. Each limit says what then
// becomes of it. What could not be told to it is told later, so that its books are right again.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import { Breaker } from './breaker.ts'
import type { Ask, Decision, Ledger, Used } from './ledger/ledger.ts'
import { MemoryDecision } from './ledger/memory-decision.ts'
import type { RedisLedger } from './redis/redis-ledger.ts'
import { toShare, type Rule } from './rule.ts'

export interface SharedLedgerOptions {
  readonly remote: Pick<RedisLedger, 'reserve' | 'settle' | 'cancel' | 'charge' | 'renew' | 'probe' | 'close'>
  /** Counts this gateway's share meanwhile. */
  readonly local: Ledger
  readonly clock: Clock
  readonly replicas: number
  readonly failures: number
  readonly probeMs: number
  readonly onChange: (state: 'open' | 'closed', cause: unknown) => void
  /** Told of settlements that were given up because too many were waiting. */
  readonly onLost: (count: number) => void
}

/** A limit that must not be guessed cannot be asked for. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable'
  readonly rule: Rule
  readonly retryAfterMs: number

  constructor(rule: Rule, retryAfterMs: number) {
    super('the shared state of limits does not answer')
    this.rule = rule
    this.retryAfterMs = retryAfterMs
  }
}

/** Told later: a few hundred bytes each. */
const MAX_WAITING = 10_000
/** A pause of the server that made one answer late is over by then. */
const RETRY_AFTER_MS = 1_000

type Message = () => Promise<void>

export class SharedLedger implements Ledger {
  readonly #options: SharedLedgerOptions
  readonly #breaker: Breaker
  readonly #shares = new WeakMap<readonly Rule[], readonly Rule[]>()
  #waiting: Message[] = []
  #telling: Promise<void> | undefined
  #beingTold = 0
  #stopRetrying: CancelTimer | undefined
  /** Settlements on their way. */
  #saying = 0
  #onSaid: (() => void) | undefined
  /** How long the last answer took. */
  seconds: number | undefined = undefined

  constructor(options: SharedLedgerOptions) {
    this.#options = options
    const { clock, failures, probeMs, remote } = options
    this.#breaker = new Breaker({
      clock,
      failures,
      probeMs,
      probe: () => remote.probe(),
      onChange: (state, cause) => {
        options.onChange(state, cause)
        if (state === 'closed') void this.#tell()
      },
    })
  }

  get state(): 'open' | 'closed' {
    return this.#breaker.isOpen ? 'open' : 'closed'
  }

  /** What the server has not been told yet. */
  get waiting(): number {
    return this.#waiting.length + this.#beingTold
  }

  /** Gives the server up before anybody asked: it could not be reached at the start. */
  giveUp(cause: unknown): void {
    this.#breaker.open(cause)
  }

  reserve(ask: Ask): Decision | Promise<Decision> {
    return this.#breaker.isOpen ? this.#reserveAlone(ask) : this.#reserveThere(ask)
  }

  async settle(decision: Decision, used: Used): Promise<void> {
    const { local, remote } = this.#options
    if (decision instanceof MemoryDecision) {
      void local.settle(decision, used)
      const spent = decision.refused === -1 && used.micros > 0 && has(decision.rules, 'budget')
      const spentAtMs = this.#options.clock.wall()
      if (spent) await this.#say(() => remote.charge(decision, used.micros, spentAtMs))
      return
    }
    await this.#say(() => remote.settle(decision, used))
  }

  async renew(decision: Decision): Promise<void> {
    const { local, remote } = this.#options
    if (decision instanceof MemoryDecision) return local.renew(decision)
    if (this.#breaker.isOpen) return
    try {
      await remote.renew(decision)
      this.#breaker.noteSuccess()
    } catch (thrown) {
      this.#breaker.noteFailure(thrown)
    }
  }

  /** Tells what is waiting, and what is on its way, if there is somebody to tell. */
  async flush(): Promise<void> {
    if (this.#breaker.isOpen) return
    if (this.#saying > 0) await new Promise<void>((resolve) => (this.#onSaid = resolve))
    await this.#tell()
  }

  close(): void {
    this.#stopRetrying?.()
    this.#breaker.close()
    this.#options.local.close()
    this.#options.remote.close()
  }

  async #reserveThere(ask: Ask): Promise<Decision> {
    const { clock, remote } = this.#options
    const askedMs = clock.now()
    try {
      const decision = await remote.reserve(ask)
      this.seconds = (clock.now() - askedMs) / MS_PER_SECOND
      this.#breaker.noteSuccess()
      if (this.#waiting.length > 0) void this.#tell()
      return decision
    } catch (thrown) {
      this.seconds = (clock.now() - askedMs) / MS_PER_SECOND
      this.#breaker.noteFailure(thrown)
      if (!ask.rules.every(({ kind }) => kind === 'requests')) this.#wait(() => remote.cancel(ask))
      return this.#reserveAlone(ask)
    }
  }

  #reserveAlone(ask: Ask): Decision | Promise<Decision> {
    const closed = ask.rules.find(({ onStateFailure }) => onStateFailure === 'closed')
    if (closed !== undefined) throw new LedgerUnavailable(closed, this.#breaker.waitMs)
    return this.#options.local.reserve({ ...ask, rules: this.#sharesOf(ask.rules) })
  }

  #sharesOf(rules: readonly Rule[]): readonly Rule[] {
    let shares = this.#shares.get(rules)
    if (shares === undefined) {
      shares = rules.map((rule) => toShare(rule, this.#options.replicas))
      this.#shares.set(rules, shares)
    }
    return shares
  }

  /** Now if it can be, else later. Every message may be said twice: the server remembers the reservations that are over. */
  async #say(message: Message): Promise<void> {
    if (this.#breaker.isOpen) {
      this.#wait(message)
      return
    }
    this.#saying += 1
    try {
      await message()
      this.#breaker.noteSuccess()
    } catch (thrown) {
      this.#breaker.noteFailure(thrown)
      this.#wait(message)
    }
    this.#saying -= 1
    if (this.#saying === 0) this.#onSaid?.()
  }

  #wait(message: Message): void {
    if (this.#waiting.length >= MAX_WAITING) this.#options.onLost(1)
    else this.#waiting.push(message)
    this.#retryLater()
  }

  /** Without it a slot that one lost answer left behind would stay taken until somebody else asks. */
  #retryLater(): void {
    if (this.#breaker.isOpen || this.#stopRetrying !== undefined) return
    this.#stopRetrying = this.#options.clock.after(RETRY_AFTER_MS, () => {
      this.#stopRetrying = undefined
      void this.#tell()
    })
  }

  /** One at a time: whoever asks while it is at work waits for the same. */
  #tell(): Promise<void> {
    this.#telling ??= this.#tellWaiting().finally(() => (this.#telling = undefined))
    return this.#telling
  }

  async #tellWaiting(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#breaker.isOpen) {
      const messages = this.#waiting
      this.#waiting = []
      const told = await this.#tellAll(messages)
      this.#beingTold = 0
      if (told === messages.length) continue
      // The rest goes out with the next answer that comes, in a moment, or when the breaker closes.
      this.#waiting = [...messages.slice(told), ...this.#waiting]
      this.#retryLater()
      return
    }
  }

  /** Returns how many were understood before one was not. */
  async #tellAll(messages: readonly Message[]): Promise<number> {
    for (const [index, message] of messages.entries()) {
      this.#beingTold = messages.length - index
      try {
        await message()
        this.#breaker.noteSuccess()
      } catch (thrown) {
        this.#breaker.noteFailure(thrown)
        return index
      }
    }
    return messages.length
  }
}

function has(rules: readonly Rule[], wanted: Rule['kind']): boolean {
  return rules.some(({ kind }) => kind === wanted)
}

const MS_PER_SECOND = 1_000
