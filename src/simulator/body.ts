// Reads the body of a request, whole, with a limit.

import type { IncomingMessage } from 'node:http'

/** Calls back once: with the body, or with undefined if it is over the limit. Not at all if the sender leaves. */
export function readBody(
  req: IncomingMessage,
  maxBytes: number,
  then: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = []
  let size = 0
  req.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
  })
  req.on('end', () => {
    if (size > maxBytes) then(undefined)
    else then(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size))
  })
}

/** Looks in the raw list: asking Node for all headers as an object costs more than the rest of a short request. */
export function findHeader(req: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = req
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i]
    if (key !== undefined && key.length === name.length && key.toLowerCase() === name)
      return rawHeaders[i + 1]
  }
  return undefined
}

/** All of them: lower-case names, values of a name that came twice joined by ", ". */
export function toHeaderRecord(req: IncomingMessage): Record<string, string> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>
  const { rawHeaders } = req
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const key = rawHeaders[i]?.toLowerCase() ?? ''
    const value = rawHeaders[i + 1] ?? ''
    record[key] = key in record ? `${record[key]}, ${value}` : value
  }
  return record
}
