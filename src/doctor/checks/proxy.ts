// Does the reverse proxy in front lead to this gateway, pass streams on as they come, and tell it when a caller leaves?
import { sleep } from '../../core/clock.ts'
import { isWritingModel } from '../../core/writing-models.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { shownUrl } from '../ask/asker.ts'
import { mendFailure } from '../ask/failure.ts'
import { askListing, askRunning, modelsOf } from '../ask/backend.ts'
import { cut, parseJson, textAt } from '../ask/json.ts'
import { under } from '../ask/prometheus.ts'
import { countBursts, streamChat, type StreamQuestion, type Streamed } from '../ask/stream.ts'
import { doorTo, readMetrics, sumOf, whoAnswers } from '../ask/weir.ts'
import type { Asked, Check } from '../check.ts'
import { fail, ok, skip, warn, type Finding } from '../finding.ts'
import { skipWithout } from './elsewhere.ts'
import { keyHeaders } from './metrics.ts'

const proxyUrl = ({ setup }: Asked): string => setup.options.places.proxy ?? ''

export const proxy: Check = {
  name: 'proxy',
  group: 'proxy',
  question: 'Does the reverse proxy lead to a gateway?',
  after: ['gateway'],
  blocks: 'the proxy does not lead to the gateway',
  async ask(asked) {
    if (asked.setup.options.places.proxy === undefined) return skipWithout(asked, 'proxy')
    if (asked.statusOf('gateway', '') !== 'ok') return skip('the gateway does not run')
    const url = proxyUrl(asked)
    const shown = shownUrl(url)
    const told = await asked.asker.ask({ url: under(url, '/healthz') })
    if ('failure' in told) {
      return fail(`${shown}: ${told.failure.text}`, {
        means: 'Callers reach nobody',
        fix: mendFailure(told.failure, url) ?? 'start the proxy, or correct --proxy',
      })
    }
    const sort = await whoAnswers(asked.asker, { url: url.replace(/\/+$/, ''), shown })
    if (sort.kind === 'weir') return ok(`${shown} leads to a gateway`)
    const isUnreached = [502, 503, 504].includes(told.page.status)
    return fail(`${shown}/healthz is answered with ${told.page.status}, not by a gateway`, {
      means: isUnreached ? 'The proxy does not reach the gateway' : 'The proxy sends this path elsewhere',
      fix: isUnreached
        ? `proxy_pass to ${doorTo(asked.setup, 'gateway').url}; in a container 127.0.0.1 is the container itself`
        : 'pass every path on, as docs/guide/reverse-proxy.md has it',
    })
  },
}

/** A model that answers without being loaded first, unless loading was asked for. */
async function chooseModel(asked: Asked): Promise<string | undefined> {
  const { backends, options } = asked.setup
  for (const backend of backends) {
    const of = { ...asked, subject: backend.name }
    const running = await askRunning(of)
    const isReady = backend.kind === 'vllm' || backend.kind === 'llamacpp' || backend.kind === 'simulator'
    const listed = modelsOf(backend.kind, await askListing(of)) ?? []
    const names = running?.map(({ name }) => name) ?? (isReady ? listed : [])
    const found = [...names, ...(options.generate ? listed : [])].find(isWritingModel)
    if (found !== undefined) return found
  }
  return undefined
}

const NO_MODEL = 'no model is in memory; with --generate one may be loaded for it'
const TOKENS = 64
const LOOK_MS = 4_000
/** Tokens of a fast model are a few milliseconds apart; less is one write. */
const GAP_MS = 3
/** Fewer pauses than this, and nothing can be said of a buffer. */
const LEAST_BURSTS = 6

export const proxyStreams: Check = {
  name: 'proxy-streams',
  group: 'proxy',
  question: 'Do streams arrive event by event through the proxy?',
  needs: ['proxy', 'proxy-callers'],
  patienceMs: () => 3 * LOOK_MS,
  async ask(asked) {
    const model = await chooseModel(asked)
    if (model === undefined) return skip(NO_MODEL)
    const question = {
      model,
      tokens: TOKENS,
      isStream: true,
      leaveAfterMs: LOOK_MS,
      headers: keyHeaders(asked),
    }
    const through = await streamChat(asked, { ...question, url: under(proxyUrl(asked), CHAT) })
    if ('cause' in through)
      return fail(`the stream broke: ${through.text}`, { means: 'The proxy ends streams' })
    if (through.status !== 200) return toRefusal(asked, through)
    const door = doorTo(asked.setup, 'gateway')
    const direct = await streamChat(asked, {
      ...question,
      url: `${door.url}${CHAT}`,
      socketPath: door.socketPath,
    })
    if ('cause' in direct || direct.status !== 200)
      return skip('the gateway itself did not stream for comparison')
    return judge(through, direct)
  },
}

const CHAT = '/v1/chat/completions'

function toRefusal(asked: Asked, { status, text }: Streamed): Finding {
  // Where the proxy itself refuses, the words are its own.
  const isOurs = textAt(parseJson(text), 'error', 'message') !== undefined
  if ((status === 401 || status === 403) && isOurs) {
    return skip(
      asked.setup.options.key === undefined
        ? 'a caller through a proxy needs a key'
        : `the gateway refuses the key of --key-file (${status})`,
      'weir keys create --name doctor --print, the key into a file, and: weir doctor --key-file FILE --proxy …',
    )
  }
  return fail(`a stream through it is answered with ${status}: ${cut(text)}`, {
    means: 'Callers get no stream',
    fix: FIXES[status] ?? 'compare with the gateway itself: curl -N',
  })
}

const FIXES: Readonly<Partial<Record<number, string>>> = {
  403: 'take its own access rules off these paths: callers send POST',
  404: 'pass every path on, as docs/guide/reverse-proxy.md has it',
  405: 'let it pass POST on',
  413: 'nginx: client_max_body_size 64m; prompts with images are large',
}

function judge(through: Streamed, direct: Streamed): Finding {
  const encoding = through.headers['content-encoding']
  const [held, free] = [through, direct].map(({ arrivalsMs }) => countBursts(arrivalsMs, GAP_MS)) as [
    number,
    number,
  ]
  const seen = `${held} arrivals through the proxy, ${free} without it`
  if (free < LEAST_BURSTS)
    return skip(`the answer came in ${free} pieces even without the proxy: too fast to tell`)
  const fix = 'nginx: proxy_buffering off; gzip off for text/event-stream; Caddy: no encode on these paths'
  if (held * 3 < free) {
    return fail(seen, {
      means: `The proxy holds events back${encoding === undefined ? '' : ` (content-encoding: ${encoding})`}: people wait, and timeouts strike`,
      fix,
    })
  }
  if (encoding !== undefined && encoding !== 'identity')
    return warn(`${seen}; it compresses streams (${encoding})`, {
      means: 'Compressors hold small events back',
      fix,
    })
  return ok(seen)
}

const MANY_TOKENS = 2_000
const LEAVE_AFTER_MS = 700
const NOTICED_WITHIN_MS = 2_000
const ROUND_MS = 100

export const proxyCancels: Check = {
  name: 'proxy-cancels',
  group: 'proxy',
  question: 'Does the gateway learn through the proxy that a caller has left?',
  needs: ['proxy', 'proxy-callers', 'metrics'],
  after: ['proxy-streams'],
  async ask(asked) {
    const model = await chooseModel(asked)
    if (model === undefined) return skip(NO_MODEL)
    const before = await countAbandoned(asked)
    const question: StreamQuestion = {
      // In one piece: who ends a stream that nobody reads any more finds out by writing to it.
      ...{
        model,
        tokens: MANY_TOKENS,
        isStream: false,
        leaveAfterMs: LEAVE_AFTER_MS,
        headers: keyHeaders(asked),
      },
      url: under(proxyUrl(asked), CHAT),
    }
    const left = await streamChat(asked, question)
    if ('cause' in left) return fail(`the stream broke: ${left.text}`, { means: 'The proxy ends streams' })
    if (left.status !== 200 && left.status !== 0) {
      // Its own cause is said already.
      if (asked.statusOf('proxy-streams', '') === 'fail') return skip('requests through it are refused')
      return toRefusal(asked, left)
    }
    if (left.isOver) return skip('the answer was over before anybody could leave')
    const untilMs = asked.clock.now() + NOTICED_WITHIN_MS
    while (asked.clock.now() < untilMs) {
      if ((await countAbandoned(asked)) > before) return ok('the gateway noticed that the caller had left')
      await sleep(asked.clock, ROUND_MS)
    }
    return fail(`the gateway had not noticed ${NOTICED_WITHIN_MS / 1_000} s after the caller left`, {
      means: 'Models go on working for nobody, and keep their slots from others',
      fix: 'nginx: proxy_ignore_client_abort off (its default); Caddy: no flush_interval -1',
    })
  },
}

/** Those that left while it streamed, and those that left before. */
async function countAbandoned(asked: Asked): Promise<number> {
  const told = await readMetrics(asked, true)
  return 'page' in told ? (sumOf(told.page.text, CATALOGUE.requests.name, 'outcome="abandoned"') ?? 0) : 0
}
