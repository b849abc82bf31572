// The table of situations: each with the one cause that was put into it. What the gateway says of them is the test's business.
import { pause } from './house.ts'
import { TOKENS } from './street.ts'
import {
  besideStreams,
  dawdling,
  frozen,
  hesitating,
  leaving,
  plainly,
  queued,
  stalled,
  type Situation,
} from './ways.ts'
import { IN_ONE_PIECE } from './whole-situations.ts'

const SLOW_TOKENS = 'slow-tokens=90'
const LATE = 'slow-ttft=1200'
const LONG = `tokens=${TOKENS * 4}`
const LONG_PROMPT_TOKENS = 20_000

const HEALTHY: readonly Situation[] = [
  { name: 'a healthy chat stream', cause: 'nothing', run: plainly({ model: 'm' }) },
  { name: 'a healthy chat in one piece', cause: 'nothing', run: plainly({ model: 'm', stream: false }) },
  { name: 'a healthy completion', cause: 'nothing', run: plainly({ model: 'm', api: 'completions' }) },
  { name: 'a healthy response', cause: 'nothing', run: plainly({ model: 'm', api: 'responses' }) },
  { name: 'a healthy message', cause: 'nothing', run: plainly({ model: 'm', api: 'messages' }) },
  { name: 'a healthy chat of Ollama', cause: 'nothing', run: plainly({ model: 'told', api: 'ollama' }) },
  {
    name: 'a healthy generate of Ollama in one piece',
    cause: 'nothing',
    run: plainly({ model: 'told', api: 'generate', stream: false }),
  },
  { name: 'a healthy embedding', cause: 'nothing', run: plainly({ model: 'embed', api: 'embeddings' }) },
  {
    name: 'a model that is always partly on the CPU',
    cause: 'nothing',
    run: plainly({ model: 'offloaded' }),
  },
]

const DECODING: readonly Situation[] = [
  {
    name: 'slow tokens in a chat stream',
    cause: 'decode',
    text: /^slow decode 1[01] tok\/s, usual (4[5-9]|50)$/,
    run: plainly({ model: 'm', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in an answer in one piece',
    cause: 'decode',
    text: /^slow decode about 1\d tok\/s, usual \d+$/,
    run: besideStreams({ model: 'slow-1', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in a completion',
    cause: 'decode',
    run: plainly({ model: 'm', api: 'completions', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in a response',
    cause: 'decode',
    run: plainly({ model: 'm', api: 'responses', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in a message',
    cause: 'decode',
    run: plainly({ model: 'm', api: 'messages', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in a chat of Ollama',
    cause: 'decode',
    run: plainly({ model: 'told', api: 'ollama', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in a generate of Ollama in one piece, which states its durations',
    cause: 'decode',
    run: plainly({ model: 'told', api: 'generate', stream: false, faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens of a model that lies partly on the CPU',
    cause: 'decode',
    text: /37 % of the model on the CPU$/,
    run: plainly({ model: 'offloaded', faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens that nobody counts',
    cause: 'decode',
    text: /about/,
    run: plainly({ model: 'm', faults: `${SLOW_TOKENS}, no-usage` }),
  },
  {
    name: 'a stream that stands still until it is given up',
    cause: 'decode',
    text: /^decode stood still for 0\.\d\d s, then idle_timeout$/,
    run: plainly({ model: 'i', faults: 'stall-after=5' }),
  },
  { name: 'a long answer', cause: 'length', text: /^120 tokens/, run: plainly({ model: 'm', faults: LONG }) },
  { name: 'a long message', cause: 'length', run: plainly({ model: 'm', api: 'messages', faults: LONG }) },
  {
    name: 'a long answer in one piece',
    cause: 'length',
    run: plainly({ model: 'm', stream: false, faults: LONG }),
  },
  {
    name: 'a long answer of Ollama in one piece',
    cause: 'length',
    run: plainly({ model: 'told', api: 'ollama', stream: false, faults: LONG }),
  },
]

const PREFILLING: readonly Situation[] = [
  {
    name: 'a long prompt',
    cause: 'prefill',
    text: /^prefill of 20k tokens \d\d %$/,
    run: plainly({ model: 'm', promptTokens: LONG_PROMPT_TOKENS }),
  },
  {
    name: 'a long prompt to an answer in one piece',
    cause: 'prefill',
    text: /^prefill of 20k tokens about \d\d %$/,
    run: plainly({ model: 'm', stream: false, promptTokens: LONG_PROMPT_TOKENS }),
  },
  {
    name: 'a long prompt of a message',
    cause: 'prefill',
    run: plainly({ model: 'm', api: 'messages', promptTokens: LONG_PROMPT_TOKENS }),
  },
  {
    name: 'a short prompt that is long in coming to its first token',
    cause: 'prefill',
    text: /^slow first token 1\.\d s, usual 0\.\d\d s$/,
    run: plainly({ model: 'm', faults: LATE }),
  },
  {
    name: 'a late first token of a response',
    cause: 'prefill',
    run: plainly({ model: 'm', api: 'responses', faults: LATE }),
  },
  {
    name: 'a late first token of Ollama, stated',
    cause: 'prefill',
    run: plainly({ model: 'told', api: 'ollama', faults: LATE }),
  },
  {
    name: 'a first token that never comes',
    cause: 'prefill',
    text: /^no first token at impatient for 0\.\d+ s, then first_token_timeout$/,
    run: plainly({ model: 'i', faults: 'hang' }),
  },
  {
    name: 'a caller that leaves before the first token',
    cause: 'prefill',
    text: /then the caller left$/,
    run: leaving({ model: 'm', faults: 'slow-ttft=3000' }, 700),
  },
]

const WAITING: readonly Situation[] = [
  {
    name: 'a queue behind one',
    cause: 'queue',
    text: /behind 1 request$/,
    run: queued('queue-1', 1, { faults: 'tokens=2' }),
  },
  { name: 'a queue behind three', cause: 'queue', text: /behind 3 requests$/, run: queued('queue-2', 3) },
  { name: 'a queue behind five', cause: 'queue', text: /behind 5 requests$/, run: queued('queue-3', 5) },
  {
    name: 'a queue before an answer in one piece',
    cause: 'queue',
    text: /behind 4 requests$/,
    run: queued('queue-4', 4, { stream: false }),
  },
  { name: 'a queue before a message', cause: 'queue', run: queued('queue-5', 4, { api: 'messages' }) },
  {
    name: 'a queue that takes too long',
    cause: 'queue',
    text: /then queue_timeout$/,
    run: queued('queue-6', 8),
  },
  {
    name: 'a caller that leaves the queue',
    cause: 'queue',
    text: /then the caller left$/,
    run: queued('queue-7', 6, { leaveAfterMs: 500 }),
  },
  {
    name: 'a queue inside Ollama, which states what was not a wait',
    cause: 'queue',
    text: /inside the backend$/,
    async run({ house }, id) {
      const before = [0, 1].map((count) =>
        house.ask({ id: `${id}-before-${count}`, model: 'narrow', api: 'ollama' }),
      )
      await pause(50)
      const explained = await house.ask({ id, model: 'narrow', api: 'ollama' })
      await Promise.all(before)
      return explained
    },
  },
  {
    name: 'a load before a stream',
    cause: 'load',
    text: /^model load about/,
    run: plainly({ model: 'cold-1' }),
  },
  {
    name: 'a load before an answer in one piece',
    cause: 'load',
    run: plainly({ model: 'cold-2', stream: false }),
  },
  {
    name: 'a load that Ollama states',
    cause: 'load',
    text: /^model load \d\d %$/,
    run: plainly({ model: 'cold-3', api: 'ollama' }),
  },
  {
    name: 'a load that Ollama states in one piece',
    cause: 'load',
    run: plainly({ model: 'cold-4', api: 'generate', stream: false }),
  },
  { name: 'a load before a message', cause: 'load', run: plainly({ model: 'cold-5', api: 'messages' }) },
  { name: 'a model that was unloaded', cause: 'load', run: plainly({ model: 'gone-1' }) },
  {
    name: 'a model that was unloaded, in one piece',
    cause: 'load',
    run: plainly({ model: 'gone-2', stream: false }),
  },
  {
    name: 'a load that is not over in time',
    cause: 'load',
    text: /then first_token_timeout$/,
    run: plainly({ model: 'cold-stuck' }),
  },
]

const GETTING_THERE: readonly Situation[] = [
  {
    name: 'a backend that hangs, and another one',
    cause: 'retry',
    text: /after first_token_timeout at bad-hang-1$/,
    run: plainly({ model: 'hang-1' }),
  },
  { name: 'the same for a message', cause: 'retry', run: plainly({ model: 'hang-2', api: 'messages' }) },
  {
    name: 'a backend that breaks, and another one',
    cause: 'retry',
    text: /after backend_error at bad-break-1$/,
    run: plainly({ model: 'break-1' }),
  },
  { name: 'the same for a response', cause: 'retry', run: plainly({ model: 'break-2', api: 'responses' }) },
  {
    name: 'a backend that is slow to let anybody in',
    cause: 'connect',
    text: /^connect \d\d %$/,
    run: frozen('frozen-1', 400),
  },
  {
    name: 'the same for an answer in one piece',
    cause: 'connect',
    run: frozen('frozen-2', 400, { stream: false }),
  },
  {
    name: 'a backend that lets nobody in',
    cause: 'connect',
    text: /after backend_unreachable at frozen-3$/,
    run: frozen('frozen-3', Infinity),
  },
  {
    name: 'a caller that does not read',
    cause: 'client',
    text: /^client reads slowly$/,
    run: dawdling({ model: 'm', stream: false, faults: 'giant-line=24' }, 2_500),
  },
  {
    name: 'a caller that does not read an answer of Ollama',
    cause: 'client',
    run: dawdling({ model: 'told', api: 'ollama', stream: false, faults: 'giant-line=24' }, 2_500),
  },
  {
    name: 'a caller that sends slowly',
    cause: 'client',
    text: /^client sends slowly$/,
    run: hesitating({ model: 'm' }, 1_200),
  },
]

const MIXED: readonly Situation[] = [
  {
    name: 'a late first token and slower tokens',
    cause: 'decode',
    run: plainly({ model: 'm', faults: 'slow-ttft=500, slow-tokens=90' }),
  },
  {
    name: 'slower tokens and a later first one',
    cause: 'prefill',
    run: plainly({ model: 'm', faults: 'slow-ttft=2500, slow-tokens=50' }),
  },
  {
    name: 'a load and a long answer',
    cause: 'length',
    run: plainly({ model: 'gone-3', faults: 'tokens=150' }),
  },
  { name: 'a long answer and a load', cause: 'load', run: plainly({ model: 'gone-4', faults: 'tokens=65' }) },
  {
    name: 'a detour and a late first token',
    cause: 'retry',
    run: plainly({ model: 'hang-3', faults: 'slow-ttft=150' }),
  },
  {
    name: 'a long prompt and a long answer',
    cause: 'length',
    run: plainly({ model: 'm', promptTokens: 8_000, faults: 'tokens=140' }),
  },
  {
    name: 'a long answer and a longer prompt',
    cause: 'prefill',
    run: plainly({ model: 'm', promptTokens: 40_000, faults: 'tokens=65' }),
  },
  {
    name: 'a caller that sends slowly and a slow decode',
    cause: 'decode',
    run: hesitating({ model: 'm', faults: 'slow-tokens=90' }, 600),
  },
]

export const SITUATIONS: readonly Situation[] = [
  ...HEALTHY,
  ...DECODING,
  ...PREFILLING,
  ...IN_ONE_PIECE,
  ...WAITING,
  ...GETTING_THERE,
  ...MIXED,
]

export const STALLS: readonly Situation[] = [
  {
    name: 'our thread stands still before the first token',
    cause: 'gateway',
    text: /^gateway itself \d\d %$/,
    run: stalled({ model: 'm' }, 20),
  },
  {
    name: 'our thread stands still in the middle of a stream',
    cause: 'gateway',
    run: stalled({ model: 'm' }, 300),
  },
  {
    name: 'our thread stands still while an answer in one piece is made',
    cause: 'gateway',
    run: stalled({ model: 'm', stream: false }, 100),
  },
]
