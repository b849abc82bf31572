// The pause before a retry: drawn at random from a range that doubles, so that callers who failed together do not come back together.
import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { WeirError } from '../../core/errors.ts'
import type { Cancellable } from './cancellable.ts'

/** Full jitter: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The base is what Envoy begins with. */
const BASE_MS = 25
const CAP_MS = 1_000

/** `random` in [0, 1); `retry` counts from 1. */
export function backOffMs(retry: number, random: number): number {
  return random * Math.min(CAP_MS, BASE_MS * 2 ** retry)
}

/** A pause that ends at once when the request is cancelled. */
export class Pause implements Cancellable {
  readonly over: Promise<void>
  readonly #stop: CancelTimer
  #end!: () => void

  constructor(clock: Clock, ms: number) {
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#stop = clock.after(ms, this.#end)
  }

  cancel(_reason: WeirError): void {
    this.#stop()
    this.#end()
  }
}
