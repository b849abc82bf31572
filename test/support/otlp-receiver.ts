// A small OpenTelemetry collector for tests: takes OTLP over HTTP in Protocol Buffers and reads it by the field numbers of the
// published .proto files, with nothing of the library that wrote it.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  readonly status: { readonly code: number; readonly message: string }
}

export interface SeenPoint {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
  readonly count: number
  readonly buckets: readonly number[]
  readonly bounds: readonly number[]
}

export interface SeenMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'gauge' | 'sum' | 'histogram'
  readonly points: readonly SeenPoint[]
}

export interface OtlpReceiver {
  readonly url: string
  readonly spans: SeenSpan[]
  /** Of the latest message. */
  metrics: readonly SeenMetric[]
  readonly resources: Readonly<Record<string, unknown>>[]
  readonly headers: IncomingMessage['headers'][]
  /** What is answered from now on. */
  status: number
  close(): Promise<void>
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      if (receiver.status === 200) take(request, body)
      response.writeHead(receiver.status, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  const take = (request: IncomingMessage, body: Buffer): void => {
    const message = readMessage(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    receiver.headers.push(request.headers)
    for (const part of messages(message, 1)) {
      receiver.resources.push(toAttributes(messages(messages(part, 1)[0] ?? NOTHING, 1)))
      const inScope = messages(part, 2).flatMap((scope) => messages(scope, 2))
      if (request.url?.endsWith('/v1/traces') === true) receiver.spans.push(...inScope.map(toSpan))
      if (request.url?.endsWith('/v1/metrics') === true) receiver.metrics = inScope.map(toMetric)
    }
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans: [], metrics: [], resources: [], headers: [], status: 200 },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

/** Values by field number, as they stand on the wire. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>

const NOTHING: Message = new Map()

/** Wire types 0 (varint), 1 (64 bits), 2 (bytes), 5 (32 bits). */
function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at]
      if (byte === undefined) throw new RangeError('a varint was cut off')
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('a field was cut off')
    at += length
    return bytes.subarray(at - length, at)
  }
  const readValue = (type: number): bigint | Buffer => {
    if (type === 0) return varint()
    if (type === 1) return take(8)
    if (type === 2) return take(Number(varint()))
    if (type === 5) return take(4)
    throw new RangeError(`no wire type ${type}`)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const values = fields.get(tag >> 3) ?? []
    fields.set(tag >> 3, values)
    values.push(readValue(tag & 7))
  }
  return fields
}

function buffers(message: Message, field: number): readonly Buffer[] {
  return (message.get(field) ?? []).filter((value) => Buffer.isBuffer(value))
}

function messages(message: Message, field: number): readonly Message[] {
  return buffers(message, field).map(readMessage)
}

function text(message: Message, field: number, encoding: 'utf8' | 'hex' = 'utf8'): string {
  return buffers(message, field)[0]?.toString(encoding) ?? ''
}

function integer(message: Message, field: number): number {
  const [value = 0n] = message.get(field) ?? []
  return Number(Buffer.isBuffer(value) ? value.readBigUInt64LE() : value)
}

function double(message: Message, field: number): number {
  return buffers(message, field)[0]?.readDoubleLE() ?? 0
}

/** Of repeated numbers of 64 bits, packed or not. */
function eights(message: Message, field: number): readonly Buffer[] {
  const all = Buffer.concat(buffers(message, field))
  return Array.from({ length: all.length / 8 }, (_, at) => all.subarray(at * 8, at * 8 + 8))
}

function toAttributes(pairs: readonly Message[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), toValue(messages(pair, 2)[0] ?? NOTHING)]))
}

function toValue(value: Message): unknown {
  if (value.has(1)) return text(value, 1)
  if (value.has(2)) return integer(value, 2) === 1
  if (value.has(3)) return integer(value, 3)
  if (value.has(4)) return double(value, 4)
  return messages(messages(value, 5)[0] ?? NOTHING, 1).map(toValue)
}

const NS_PER_MS = 1e6

function toSpan(span: Message): SeenSpan {
  const status = messages(span, 15)[0] ?? NOTHING
  return {
    ...{ traceId: text(span, 1, 'hex'), spanId: text(span, 2, 'hex'), parentSpanId: text(span, 4, 'hex') },
    ...{ name: text(span, 5), kind: integer(span, 6) },
    ...{ startMs: integer(span, 7) / NS_PER_MS, endMs: integer(span, 8) / NS_PER_MS },
    attributes: toAttributes(messages(span, 9)),
    events: messages(span, 11).map((event) => text(event, 2)),
    status: { code: integer(status, 3), message: text(status, 2) },
  }
}

const METRIC_KINDS = [
  ['gauge', 5],
  ['sum', 7],
  ['histogram', 9],
] as const

function toMetric(metric: Message): SeenMetric {
  const [kind, field] = METRIC_KINDS.find(([, number]) => metric.has(number)) ?? METRIC_KINDS[0]
  const points = messages(messages(metric, field)[0] ?? NOTHING, 1)
  const isHistogram = kind === 'histogram'
  return {
    ...{ name: text(metric, 1), unit: text(metric, 3), kind },
    points: points.map((point) => ({
      attributes: toAttributes(messages(point, isHistogram ? 9 : 7)),
      value: isHistogram ? double(point, 5) : point.has(6) ? integer(point, 6) : double(point, 4),
      count: isHistogram ? integer(point, 4) : 0,
      buckets: isHistogram ? eights(point, 6).map((each) => Number(each.readBigUInt64LE())) : [],
      bounds: isHistogram ? eights(point, 7).map((each) => each.readDoubleLE()) : [],
    })),
  }
}
