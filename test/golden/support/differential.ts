// Holds the same conversation twice: with the model server itself, and through the gateway in front of it.
// What the program gets, and what the model server is asked, must be the same, but for the edits that are documented.
import assert from 'node:assert/strict'
import { cutAll, cutAt, cutEvents } from '../../../src/gateway/streaming/fixtures/replay.ts'
import { startGateway, type TestGateway, type Written } from '../../support/weir.ts'
import { createClients, tell, type Clients } from './clients.ts'
import { toFacts, type Conversation } from './conversation.ts'
import { startReplayBackend, type Cut, type ReplayBackend, type Seen } from './replay-backend.ts'

export interface Pair {
  readonly backend: ReplayBackend
  readonly gateway: TestGateway
  close(): Promise<void>
}

/** A gateway in front of a backend that speaks every dialect. Without models of its own it serves whatever it is asked for. */
export async function startPair(models: readonly (Written & { name: string })[] = []): Promise<Pair> {
  const backend = await startReplayBackend()
  const named = models.length > 0 ? models : [{ name: '*' }]
  const gateway = await startGateway({
    auth: 'none',
    health: { failures: 1_000 },
    backends: named.map(({ name, ...settings }, index) => ({
      ...{ name: `replay-${index}`, url: backend.url, kind: 'simulator', models: [name] },
      ...settings,
    })),
  })
  return {
    backend,
    gateway,
    async close() {
      await gateway.stop()
      await backend.close()
    },
  }
}

/** Larger bodies are not sent byte by byte: what that shows, the smaller ones have shown. */
const MAX_BYTEWISE = 16_384
const PRIME = 37

/** In one piece, event by event, torn at odd places, and byte by byte: also inside characters and inside events. */
const CUTS: Readonly<Record<string, Cut>> = {
  'in one piece': (body) => [body],
  'event by event': (body, type) => cutEvents(body, formatOf(type)),
  'torn at odd places': (body) =>
    cutAt(
      body,
      Array.from({ length: 40 }, (_, index) => Math.round((body.length * index) / PRIME) + index),
    ),
  'byte by byte': (body) => (body.length > MAX_BYTEWISE ? [body] : cutAll(body)),
}

function formatOf(type: string): 'sse' | 'ndjson' | 'whole' {
  if (type.startsWith('text/event-stream')) return 'sse'
  return type === 'application/x-ndjson' ? 'ndjson' : 'whole'
}

interface Held {
  readonly told: readonly unknown[]
  readonly received: readonly string[]
  readonly clients: Clients
  readonly seen: readonly Seen[]
}

async function hold(
  { answers, ask }: Conversation,
  at: { url: string; backend: ReplayBackend; cut: Cut },
): Promise<Held> {
  at.backend.play(answers, at.cut)
  const clients = createClients(at.url)
  const told = await tell(() => ask(clients))
  const bodies = await Promise.all(clients.passed.map(({ received }) => received))
  const received = bodies.map((body) => body.toString('latin1'))
  return { told, received, clients, seen: at.backend.seen }
}

export async function assertSame(conversation: Conversation, { backend, gateway }: Pair): Promise<void> {
  const cut: Cut = (body) => [body]
  const direct = await hold(conversation, { url: backend.url, backend, cut })
  assert.equal(direct.seen.length, conversation.answers.length, 'the program asks once for each answer')
  for (const [how, pieces] of Object.entries(CUTS)) {
    const sealed = gateway.records.length
    const through = await hold(conversation, { url: gateway.url, backend, cut: pieces })
    assert.deepEqual(through.told, direct.told, `what the program gets, ${how}`)
    assert.deepEqual(through.received, direct.received, `the bytes of the answer, ${how}`)
    assertAsked(through, direct, conversation)
    const records = await gateway.untilSealed(sealed + conversation.answers.length)
    const last = records.at(-1)
    assert.ok(last !== undefined)
    assert.deepEqual(toFacts(last), conversation.record, `the record, ${how}`)
    assert.deepEqual([last.outcome, last.attempts.length], ['ok', 1], how)
  }
}

/** Set anew or kept back by the gateway, each for a reason that src/gateway/http/headers.ts gives. */
const OWN_HEADERS = ['host', 'connection', 'content-length', 'accept-encoding', 'x-request-id']
const CREDENTIALS = ['authorization', 'x-api-key']

function assertAsked(through: Held, direct: Held, { edit = (sent) => sent }: Conversation): void {
  for (const [index, asked] of direct.seen.entries()) {
    const seen = through.seen[index]
    const sent = through.clients.passed[index]
    assert.ok(seen !== undefined && sent !== undefined)
    assert.deepEqual([seen.method, seen.target], [asked.method, asked.target])
    assert.equal(sent.sent, asked.body.toString(), 'the program asks the same both times')
    assert.ok(seen.body.equals(Buffer.from(edit(sent.sent))), 'the bytes of the request')
    assert.deepEqual(without(seen, [...OWN_HEADERS]), without(asked, [...OWN_HEADERS, ...CREDENTIALS]))
    assert.equal(seen.headers['accept-encoding'], 'identity')
  }
}

function without({ headers }: Seen, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}
