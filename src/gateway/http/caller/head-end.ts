// What every head ends with: the date, and what becomes of the connection. Made once a second, not once an answer.
import type { Clock } from '../../../core/clock.ts'

const MS_PER_SECOND = 1_000

export class HeadEnd {
  readonly #clock: Pick<Clock, 'wall'>
  readonly #staying: string
  #second = Number.NaN
  #stays = ''
  #closes = ''

  constructor(clock: Pick<Clock, 'wall'>, keepAliveMs: number) {
    this.#clock = clock
    // Zero is no promise: the connection stays open, and nothing is said of how long.
    const promise =
      keepAliveMs > 0 ? `keep-alive: timeout=${Math.floor(keepAliveMs / MS_PER_SECOND)}\r\n` : ''
    this.#staying = `connection: keep-alive\r\n${promise}\r\n`
  }

  text(keepsAlive: boolean): string {
    const second = Math.floor(this.#clock.wall() / MS_PER_SECOND)
    if (second !== this.#second) {
      this.#second = second
      const date = `date: ${new Date(second * MS_PER_SECOND).toUTCString()}\r\n`
      this.#stays = date + this.#staying
      this.#closes = `${date}connection: close\r\n\r\n`
    }
    return keepsAlive ? this.#stays : this.#closes
  }
}
