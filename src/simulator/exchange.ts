// One request and its connection, as seen from this side: who left when, and every way to end. Writes no answer itself.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type FaultSet, noFaults } from './fault-set.ts'
import type { Ending, Ledger, LedgerEntry } from './ledger.ts'

// A reset throws away what the kernel has not sent; this lets the bytes before it arrive.
const RESET_GRACE_MS = 15

export class Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly socket: Socket
  readonly entry: LedgerEntry
  faults: FaultSet = noFaults
  /** The other side left, or this side broke off: stop working. */
  gone = false
  /** What a fully written answer counts as. */
  outcome: Ending = 'complete'
  /** Called once when a whole answer was sent; for what faults do afterwards. */
  afterwards: (() => void) | undefined
  readonly #ledger: Ledger
  #broken: Ending | undefined
  #onLeave: (() => void) | undefined

  constructor(req: IncomingMessage, res: ServerResponse, book: { ledger: Ledger; entry: LedgerEntry }) {
    this.req = req
    this.res = res
    this.socket = req.socket
    this.entry = book.entry
    this.#ledger = book.ledger
    // 'close' comes once, for a finished answer and for a broken connection alike.
    res.once('close', () => this.#close())
  }

  /** Waits until `arm` calls back or the other side leaves, whichever is first. `arm` returns how to disarm. */
  until(arm: (wake: () => void) => () => void): Promise<void> {
    if (this.gone) return Promise.resolve()
    return new Promise((resolve) => {
      const disarm = arm(() => {
        if (this.#onLeave === leave) this.#onLeave = undefined
        resolve()
      })
      const leave = (): void => {
        disarm()
        resolve()
      }
      this.#onLeave = leave
    })
  }

  sleep(ms: number): Promise<void> {
    return this.until((wake) => {
      const timer = setTimeout(wake, Math.round(ms))
      return () => clearTimeout(timer)
    })
  }

  /** Nothing more, until the other side has had enough. */
  waitForLeave(): Promise<void> {
    return this.until(() => () => undefined)
  }

  /** FIN without a proper end. What was written still arrives. */
  cut(): void {
    this.#break('cut')
    this.socket.destroySoon()
  }

  /** RST. */
  async reset(): Promise<void> {
    if (this.res.headersSent) await this.sleep(RESET_GRACE_MS)
    if (this.gone) return
    this.#break('reset')
    // Node cannot reset what is shutting down (`close-idle` may have struck meanwhile): it would never be closed.
    if (this.socket.writableEnded) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  /** The simulator stops. */
  stop(): void {
    this.#break('closed')
    this.socket.destroy()
  }

  #break(ending: Ending): void {
    this.#broken ??= ending
    this.#leave()
  }

  #leave(): void {
    this.gone = true
    const wake = this.#onLeave
    this.#onLeave = undefined
    wake?.()
  }

  #close(): void {
    const sent = this.res.writableFinished
    this.#ledger.close(this.entry, this.#broken ?? (sent ? this.outcome : 'client-left'))
    this.#leave()
    if (sent && this.#broken === undefined) this.afterwards?.()
  }
}
