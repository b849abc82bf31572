// A caller that says it will send no more (a FIN) has either left or waits for its answer: both look the same until
// something is written to it. This finds out which, in ways no client notices. It decides nothing else.
import type { Socket } from 'node:net'
import type { Clock } from '../../core/clock.ts'
import type { CallerResponse } from './caller/caller-response.ts'

export interface PresenceCheck {
  readonly clock: Clock
  /** The answer that is being given on this connection now, and how many bytes of its body were handed over. */
  readonly current: () => { readonly response: CallerResponse; readonly responseBytes: number } | undefined
}

/** The system of one that left answers the first write by a reset, which the second write meets: 15 ms on one machine. */
const FIRST_WAIT_MS = 5
/** A caller that closed one side now and the other later says so to nobody: it is asked from time to time. */
const LONGEST_WAIT_MS = 5_000

/**
 * In front of the size of a chunk, zeros mean nothing (RFC 9112 7.1: `chunk-size = 1*HEXDIG`). Go reads 16 digits of a
 * size, h11 reads 20; our chunks need at most 7.
 */
const MOST_ZEROS = 8

/** Asks again and again, ever more seldom, until the connection is over. One that left is destroyed by the write that fails. */
export function checkPresence(socket: Socket, { clock, current }: PresenceCheck): void {
  let waitMs = FIRST_WAIT_MS
  let zeros = 0
  let writtenBefore = -1
  const ask = (): void => {
    const answer = current()
    if (answer !== undefined && !answer.response.writableEnded && socket.writableLength === 0) {
      const { response, responseBytes } = answer
      if (socket.bytesWritten !== writtenBefore) zeros = 0
      if (response.request.httpVersionMinor === 0) {
        // HTTP/1.0 knows neither interim answers nor chunks: nothing can be asked, and most that do this have left.
        response.destroy()
        return
      }
      if (!response.headersSent) response.writeProcessing()
      // The head leaves with the first bytes of the body, whole chunks at a time: what is written now stands between two.
      else if (response.chunkedEncoding && responseBytes > 0 && zeros < MOST_ZEROS) {
        zeros += 1
        socket.write('0')
      }
      writtenBefore = socket.bytesWritten
    }
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
    cancel = clock.after(waitMs, ask)
  }
  let cancel = clock.after(waitMs, ask)
  socket.once('close', () => cancel())
}
