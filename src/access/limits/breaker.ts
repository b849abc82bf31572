// When a server that fails is left alone: after so many failures in a row nobody asks it any more, until a probe succeeds.
import type { CancelTimer, Clock } from '../../core/clock.ts'

export interface BreakerOptions {
  readonly clock: Clock
  /** In a row. */
  readonly failures: number
  readonly probeMs: number
  /** Resolves when the server works again. */
  readonly probe: () => Promise<void>
  /** Told once each time it opens, with why, and each time it closes. */
  readonly onChange: (state: 'open' | 'closed', cause: unknown) => void
}

export class Breaker {
  readonly #options: BreakerOptions
  #failed = 0
  #openedMs: number | undefined
  #stopProbing: CancelTimer | undefined

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#openedMs !== undefined
  }

  /** How long until the server is tried again; 0 while it is asked. */
  get waitMs(): number {
    if (this.#openedMs === undefined) return 0
    const { clock, probeMs } = this.#options
    const sinceMs = clock.now() - this.#openedMs
    return probeMs - (sinceMs % probeMs)
  }

  noteSuccess(): void {
    // A late answer to an early question proves nothing about a server that has been given up since.
    if (this.#openedMs === undefined) this.#failed = 0
  }

  noteFailure(cause: unknown): void {
    if (this.#openedMs !== undefined) return
    this.#failed += 1
    if (this.#failed >= this.#options.failures) this.open(cause)
  }

  open(cause: unknown): void {
    if (this.#openedMs !== undefined) return
    const { clock, probeMs, onChange } = this.#options
    this.#openedMs = clock.now()
    this.#stopProbing = clock.every(probeMs, () => void this.#probe())
    onChange('open', cause)
  }

  close(): void {
    this.#stopProbing?.()
    this.#stopProbing = undefined
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe()
    } catch {
      return
    }
    if (this.#stopProbing === undefined) return
    this.close()
    this.#openedMs = undefined
    this.#failed = 0
    this.#options.onChange('closed', undefined)
  }
}
