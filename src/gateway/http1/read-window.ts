// The part of a read that is still to be looked at. One per connection, used again for every read.

const NOTHING = Buffer.alloc(0)

/** Whoever reads from it moves `at` behind what it took. */
export class ReadWindow {
  bytes: Buffer = NOTHING
  at = 0
  end = 0

  show(bytes: Buffer, end: number): void {
    this.bytes = bytes
    this.at = 0
    this.end = end
  }

  get isEmpty(): boolean {
    return this.at >= this.end
  }
}
