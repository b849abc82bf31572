// What can be configured about the data plane: where it listens, what stands behind it, its clocks and its limits.
import { z } from 'zod'
import { limitsSchema } from '../access/limits/config.ts'
import { priceSchema } from '../access/limits/prices/config.ts'
import {
  backendUrl,
  concurrency,
  listenAddress,
  name,
  nameOrMap,
  network,
  pause,
  ratio,
  secret,
  size,
  timer,
} from '../config/fields.ts'
import { healthSchema, probeSchema, type HealthSettings } from './routing/health/config.ts'

export const BACKEND_KINDS = ['ollama', 'vllm', 'llamacpp', 'openai', 'anthropic', 'simulator'] as const
export type BackendKind = (typeof BACKEND_KINDS)[number]

const TIMEOUTS = z.strictObject({
  /** TCP and TLS. Two seconds is far beyond a healthy local network and short enough to try another backend. */
  connect: timer().prefault('2s').describe('How long connecting may take, TCP and TLS together.'),
  /** Long, because a large prompt takes its time, and because only Ollama tells us of a load. */
  firstToken: timer()
    .prefault('120s')
    .describe(
      'How long the first generated token of a stream may take once the request is sent. An answer in one piece shows no token: it is bounded by `total`, and cut off after this time when its backend is found to be hung.',
    ),
  /** Ollama itself gives a load up when it has made no progress for five minutes (OLLAMA_LOAD_TIMEOUT). */
  load: timer()
    .prefault('10m')
    .describe(
      'How long an Ollama may take to load the model; `firstToken` begins when it is loaded. Backends of other kinds do not say whether they load: for them `firstToken` includes it.',
    ),
  idle: timer().prefault('60s').describe('How long a backend may be silent in the middle of an answer.'),
  total: timer()
    .prefault('15m')
    .describe(
      'How long a request may take altogether, every attempt included, to the last byte of the answer.',
    ),
})

/** More than any one model server works on at once. */
const MAX_SLOTS = 10_000

const QUEUE = z.strictObject({
  size: z
    .int()
    .min(0)
    .max(MAX_SLOTS)
    .prefault(64)
    .describe('How many requests may wait for a slot; one more is refused with `queue_full`.'),
  timeout: timer()
    .prefault('30s')
    .describe('How long a request may wait for a slot; then it is refused with `queue_timeout`.'),
  /** Load balancers commonly cut a connection on which nothing was sent for 60 seconds. Not sooner than needed: it spends the status. */
  keepAlive: pause(1_000)
    .prefault('30s')
    .describe(
      'A caller of a server-sent stream gets a comment when nothing was sent to it for so long, whether it waits for a slot or for the first event of a slow or loading model.',
    ),
  fairBy: z
    .enum(['tenant', 'key', 'none'])
    .prefault('tenant')
    .describe(
      'Who takes turns when requests wait: tenants (a key without one counts as its own), keys, or nobody.',
    ),
})

/** RFC 9110 5.5. A key out of a file often ends with the file's line break, and every request would fail by it. */
const HEADER_TEXT = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/
const EXPECT_HEADER_TEXT =
  'expected a key that a header can hold: ASCII, without line breaks or blanks around it'

export const backendSchema = z.strictObject({
  name: name().describe('The name in headers, metrics and logs.'),
  url: backendUrl().describe(
    'Where the model server listens: scheme, host, port and, if it needs one, a base path, with or without `/v1`. For kind `openai` what an OpenAI client is given: a version in it (`/v1beta/openai`, `/api/paas/v4`) stands for `/v1`.',
  ),
  kind: z
    .enum(BACKEND_KINDS)
    .prefault('openai')
    .describe(
      'What is listening there: decides which dialects it speaks and how its health and models are asked for.',
    ),
  /** The caller's own key is never sent on. */
  apiKey: secret()
    .refine((key) => HEADER_TEXT.test(key.reveal()), EXPECT_HEADER_TEXT)
    .optional()
    .describe('A key the backend asks for, sent in the form its kind expects.'),
  models: z
    .array(z.string().min(1))
    .optional()
    .describe('The models it serves, for a backend that cannot list them. Without this it is asked.'),
  askUsage: z
    .boolean()
    .prefault(true)
    .describe(
      'Whether streamed OpenAI requests may ask for token counts (`stream_options`); off for servers that refuse it.',
    ),
  timeouts: TIMEOUTS.prefault({}).describe('The clocks of an attempt.'),
  /** Absent: yes for kinds whose servers all have one and are not woken by it. */
  metrics: z
    .boolean()
    .optional()
    .describe(
      'Whether the load it tells of on its own pages is read: requests running and waiting, KV cache. Without this: of `vllm`, and of `llamacpp` while that cannot keep a model awake. `true` for an SGLang of kind `openai`.',
    ),
  probe: probeSchema
    .optional()
    .describe(
      'Asks for one token now and then, which proves more than a health page does. Off without this: it loads the model and keeps it loaded.',
    ),
  concurrency: concurrency(MAX_SLOTS)
    .optional()
    .describe(
      'How many requests it is given at once; the rest waits here. `auto` finds out from the time to the first token. Without this there is no limit.',
    ),
  queue: QUEUE.prefault({}).describe('Requests that wait for a slot, and callers that wait for an answer.'),
})

/** How one of several backends is chosen. */
export const STRATEGIES = ['least-busy', 'round-robin', 'weighted', 'priority'] as const
export type Strategy = (typeof STRATEGIES)[number]

/** Beyond this, weights and tiers say nothing that smaller ones would not. */
const MAX_WEIGHT = 100

/** As long as a model's name may be in a request. */
const MAX_MODEL_NAME = 512

const EXPECT_ROUTE_BACKEND = 'expected the name of a backend, or a map with its name'

const routeBackendSchema = z.strictObject(
  {
    name: z.string({ error: EXPECT_ROUTE_BACKEND }).describe('The name of a backend.'),
    model: modelName()
      .optional()
      .describe('What this backend calls the model, where it is not what the others call it.'),
    weight: z
      .int()
      .min(1)
      .max(MAX_WEIGHT)
      .optional()
      .describe('Its share under `weighted`: 3 gets three requests for one that 1 gets. Without this: 1.'),
    priority: z
      .int()
      .min(1)
      .max(MAX_WEIGHT)
      .optional()
      .describe(
        'Its tier under `priority`: 1 is asked first, 2 when nobody of 1 can. Without any, the order of the list counts.',
      ),
  },
  { error: ({ code }) => (code === 'invalid_type' ? EXPECT_ROUTE_BACKEND : undefined) },
)

export const modelSchema = z.strictObject({
  name: modelPattern().describe(
    'The name callers use, or a pattern such as `qwen3*`. A name counts before a pattern, a longer pattern before a shorter.',
  ),
  aliases: z
    .array(modelPattern())
    .prefault([])
    .describe('Other names, or patterns, by which callers may ask for it.'),
  model: modelName()
    .optional()
    .describe(
      'What backends call it, where that is another name: it is put into the request in place of the caller’s.',
    ),
  price: priceSchema.optional().describe('What tokens of the model cost. Without this: nothing.'),
  limits: limitsSchema.optional().describe('What all callers may use of the model together.'),
  backends: z
    .array(nameOrMap(routeBackendSchema))
    .min(1, 'expected at least one backend; without this key every backend that lists the model may serve it')
    .optional()
    .describe(
      'The backends that may serve it: their names, or maps with these keys. Without this: every backend that lists it.',
    ),
  strategy: z
    .enum(STRATEGIES)
    .prefault('least-busy')
    .describe(
      'How one of several backends is chosen: `least-busy` takes the one with the fewest requests in flight, `round-robin` one after the other, `weighted` each by its share, `priority` the first tier that can.',
    ),
  fallback: z
    .array(modelName())
    .prefault([])
    .describe(
      'Models that answer, in this order, when no backend of this one can: all failed, are down, or have a full queue. The fallbacks of a fallback are not followed.',
    ),
})

/** A model as it is called: no pattern. */
function modelName() {
  return z
    .string()
    .min(1)
    .max(MAX_MODEL_NAME)
    .refine((name) => !name.includes('*'), 'expected one model, not a pattern')
}

function modelPattern() {
  return z.string().min(1).max(MAX_MODEL_NAME)
}

export const serverSchema = z.strictObject({
  /** Callers send images inside the JSON; 32 MiB holds several. */
  maxBody: size({ minBytes: 1_024 }).prefault('32MiB').describe('The largest request body that is accepted.'),
  maxHeader: size({ minBytes: 1_024, maxBytes: 1_048_576 })
    .prefault('16KiB')
    .describe('The largest request head that is accepted, all headers together.'),
  /** Deeper JSON is refused: some parsers behind us recurse. */
  maxDepth: z.int().min(8).max(1000).prefault(128).describe('How deep the JSON of a request may be nested.'),
  /** Slowloris: Node's default of 60 s leaves 200 slow connections open for a minute and a half. */
  headerTimeout: timer()
    .prefault('10s')
    .describe('How long a caller may take to send the head of a request.'),
  bodyTimeout: timer().prefault('60s').describe('How long a caller may take to send the whole request.'),
  writeTimeout: timer()
    .prefault('60s')
    .describe('A caller that reads nothing for so long is cut off, and its work cancelled.'),
  keepAlive: timer()
    .prefault('65s')
    .describe('How long an idle connection is kept open for the next request.'),
  maxConnections: z
    .int()
    .min(1)
    .prefault(10_000)
    .describe(
      'How many connections are served at the same time. A caller beyond them gets a 503 with `retry-after`.',
    ),
  /** Empty: an address in a header is what whoever sent the header likes it to be. */
  trustedProxies: z
    .array(network())
    .prefault([])
    .describe(
      'Reverse proxies that are believed when they name the address of a caller (`X-Forwarded-For`, `Forwarded`, `X-Real-IP`).',
    ),
  /** A person who mistypes needs three; a script that guesses needs millions. */
  wrongKeys: z
    .int()
    .min(1)
    .max(100_000)
    .prefault(20)
    .describe(
      'How many wrong keys a minute one address (IPv6: one /64) may send before they are answered with 429.',
    ),
  /** Late once is a collection of garbage or a large page; late twice in a row is more work than the process can do. */
  maxLoopDelay: timer()
    .prefault('500ms')
    .describe(
      'When the process runs its timers later than this, twice in a row, new requests get a 503 with `retry-after` until it has kept up for a second. Streams go on. A day is as good as never.',
    ),
  maxHeap: ratio()
    .prefault('90%')
    .describe(
      'When heap and buffers together take more than this share of the heap limit (`--max-old-space-size`), new requests get a 503 with `retry-after` until a tenth of the limit is free again. `100%` is never, for the heap alone.',
    ),
  halfClose: z
    .enum(['serve', 'leave'])
    .prefault('serve')
    .describe(
      'What it means when a caller closes its sending side behind its request: `serve` finds out whether it is still there and answers it, `leave` takes it for gone at once.',
    ),
  drain: timer(0).prefault('30s').describe('How long streams may go on after the first SIGTERM.'),
})

/** The part of the configuration file that belongs to the data plane. */
export const gatewaySchema = {
  listen: listenAddress().prefault('127.0.0.1:18789').describe('Where callers connect.'),
  server: serverSchema.prefault({}).describe('Limits and clocks on the side of the callers.'),
  backends: z.array(backendSchema).prefault([]).describe('The model servers behind the gateway.'),
  models: z
    .array(modelSchema)
    .prefault([])
    .describe(
      'Models with a route of their own. Every model a backend lists is served by its name without an entry here.',
    ),
  discovery: z
    .strictObject({
      every: timer().prefault('15s').describe('How often a backend is asked for its health and models.'),
      timeout: timer().prefault('2s').describe('How long it may take to answer that.'),
    })
    .prefault({})
    .describe('How backends are watched.'),
  health: healthSchema.prefault({}).describe('When a backend that fails is rested, and how it comes back.'),
  retry: z
    .strictObject({
      attempts: z
        .int()
        .min(1)
        .max(3)
        .prefault(3)
        .describe('How many backends are tried for one request, as long as no byte of an answer was sent.'),
      budget: ratio()
        .prefault('20%')
        .describe(
          'How many retries may be under way at once, as a share of the requests in flight; by process. Beyond it the first error is given.',
        ),
      minimum: z
        .int()
        .min(0)
        .prefault(3)
        .describe('So many retries may be under way at once however little is going on.'),
      sent: z
        .boolean()
        .prefault(true)
        .describe(
          'Whether a request that a backend may have begun to work on is tried again. With `false` only those that were never sent, or that a backend declined (404, 429, 503).',
        ),
    })
    .prefault({})
    .describe('What happens when a backend fails before it answers.'),
}

export type BackendSettings = Readonly<z.output<typeof backendSchema>>
export type ModelSettings = Readonly<z.output<typeof modelSchema>>
export type RouteBackendSettings = Readonly<z.output<typeof routeBackendSchema>>
export type ServerSettings = Readonly<z.output<typeof serverSchema>>
export type TimeoutSettings = Readonly<z.output<typeof TIMEOUTS>>

export interface GatewaySettings {
  readonly listen: z.output<typeof gatewaySchema.listen>
  readonly server: ServerSettings
  readonly backends: readonly BackendSettings[]
  readonly models: readonly ModelSettings[]
  readonly discovery: { readonly every: number; readonly timeout: number }
  readonly health: HealthSettings
  readonly retry: Readonly<z.output<typeof gatewaySchema.retry>>
  /** The share of requests that begin a trace, 0 to 1; 0 where traces are sent nowhere. */
  readonly traces: number
}
