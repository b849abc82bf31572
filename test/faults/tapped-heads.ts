// Reads the heads of requests from a connection as they pass, in any chunking, and skips their bodies.
const HEAD_END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** Tells of each head that is whole, with its `x-request-id`. The gateway frames every body by its length. */
export function createHeadReader(onHead: (id: string | undefined) => void): (chunk: Buffer) => void {
  let head: Buffer = EMPTY
  let bodyLeft = 0
  return (chunk) => {
    let rest = chunk
    while (rest.length > 0) {
      const skipped = Math.min(bodyLeft, rest.length)
      bodyLeft -= skipped
      rest = rest.subarray(skipped)
      if (rest.length === 0) return
      head = Buffer.concat([head, rest])
      const end = head.indexOf(HEAD_END)
      if (end === -1) return
      const text = head.toString('latin1', 0, end)
      rest = head.subarray(end + HEAD_END.length)
      head = EMPTY
      bodyLeft = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
      onHead(/\r\nx-request-id: (\S+)/i.exec(text)?.[1])
    }
  }
}
