// Answers in one piece of a backend that tells no durations: slow in their start or in their tokens, beside streams and without.
import { afterLateStreams, besideStreams, plainly, type Situation } from './ways.ts'

const SLOW_TOKENS = 'slow-tokens=90'
const LATE = 'slow-ttft=1200'

/** Where no stream tells, neither is claimed: `decode` is where the time stands, and the sentence says that it may be either. */
const UNTOLD = /^slow answer \d\.\d s, usual about 0\.\d\d s, in one piece: .* cannot be told apart$/

export const IN_ONE_PIECE: readonly Situation[] = [
  {
    name: 'a late start of an answer in one piece beside streams that are as late',
    cause: 'prefill',
    text: /^slow first token about 1\.\d s, usual 0\.\d\d s$/,
    run: besideStreams({ model: 'late-1', faults: LATE }),
  },
  {
    name: 'the same for a message in one piece',
    cause: 'prefill',
    text: /^slow first token about/,
    run: besideStreams({ model: 'late-2', api: 'messages', faults: LATE }),
  },
  {
    name: 'a late start of an answer in one piece of a model that nobody streams',
    cause: 'decode',
    text: UNTOLD,
    run: plainly({ model: 'whole-1', stream: false, faults: LATE }),
  },
  {
    name: 'slow tokens in an answer in one piece of a model that nobody streams',
    cause: 'decode',
    text: UNTOLD,
    run: plainly({ model: 'whole-2', stream: false, faults: SLOW_TOKENS }),
  },
  {
    name: 'a healthy answer in one piece of a model that nobody streams',
    cause: 'nothing',
    run: plainly({ model: 'whole-3', stream: false }),
  },
  {
    name: 'a slow answer in one piece while streams are healthy',
    cause: 'decode',
    text: UNTOLD,
    run: plainly({ model: 'healthy-1', stream: false, faults: SLOW_TOKENS }),
  },
  {
    name: 'slow tokens in an answer in one piece after streams were late, and are no longer',
    cause: 'decode',
    text: UNTOLD,
    run: afterLateStreams({ model: 'over-1', faults: SLOW_TOKENS }),
  },
  {
    name: 'a healthy answer in one piece after streams were late',
    cause: 'nothing',
    run: afterLateStreams({ model: 'over-2' }),
  },
]
