// Faults on the connection once the answer is complete: bytes nobody asked for, a close nobody announced.

import type { Exchange } from './exchange.ts'

// If it were taken for the answer to the next request, that caller would read somebody else's words.
const STRAY_BODY =
  '{"id":"stray","choices":[{"index":0,"message":{"role":"assistant","content":"not yours"}}]}'

function strayResponse(): string {
  const head = ['HTTP/1.1 200 OK', 'content-type: application/json', `content-length: ${STRAY_BODY.length}`]
  return `${head.join('\r\n')}\r\n\r\n${STRAY_BODY}`
}

/** Arms what should happen after the answer; does nothing for healthy requests. */
export function armAfterwards(x: Exchange): void {
  const strayMs = x.faults.get('extra-bytes')
  const closeMs = x.faults.get('close-idle')
  if (strayMs === undefined && closeMs === undefined) return
  const { socket } = x
  x.afterwards = () => {
    if (strayMs !== undefined) later(strayMs, () => socket.writable && socket.write(strayResponse()))
    if (closeMs !== undefined) later(closeMs, () => socket.destroySoon())
  }
}

function later(ms: number, act: () => unknown): void {
  if (ms === 0) act()
  else setTimeout(act, ms).unref()
}
