// English.
import type { Phrases } from './phrases.ts'

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
const withModels = (backend: string, models: string | undefined): string =>
  models === undefined ? backend : `${backend} (${models})`
const because = (reason: string | undefined): string => (reason === undefined ? '' : `: ${reason}`)

export const EN: Phrases = {
  severity: { page: 'PAGE', ticket: 'TICKET' },
  titleFiring: (severity, subject) => `${severity}: ${subject}`,
  titleResolved: (severity, subject, duration) =>
    `RESOLVED (${severity}): ${subject}, over after ${duration}`,
  titleTest: (receiver) => `TEST: Weir can reach ${receiver}`,
  titleHeartbeat: 'HEARTBEAT: Weir is watching',
  titleMany: ({ severity, firing, over }) =>
    firing === 0
      ? `RESOLVED (${severity}): ${plural(over, 'alert', 'alerts')}`
      : `${severity}: ${plural(firing, 'alert', 'alerts')} firing${over > 0 ? `, ${over} over` : ''}`,
  andMore: (subject, count) => `${subject} (and ${count} more)`,
  subject: {
    burn: (objective, times) => `${objective} spends its error budget ${times} times as fast as allowed`,
    exhausted: (objective) => `${objective} has spent its error budget`,
    noData: (objective) => `${objective} gets no requests`,
    threshold: (rule, measure, value) => `${rule}: ${measure} at ${value}`,
    backendDown: (backend) => `backend ${backend} does not answer`,
    gatewayDown: 'the gateway does not answer',
    watchdog: {
      evaluation: 'objectives are not evaluated, so nobody would be told',
      delivery: (receiver) => `alerts do not reach ${receiver}`,
    },
  },
  what: {
    burn: ({ bad, events, window, promise }) =>
      `${bad} of ${events} requests in the last ${window === '1 h' ? 'hour' : window} broke the promise (${promise}).`,
    exhausted: ({ promise, window }) => `The error budget of ${window} is spent (promised: ${promise}).`,
    noData: (promise) => `Nobody can say whether the promise is kept (${promise}): there are no requests.`,
    threshold: ({ measure, value, threshold }) =>
      `${capital(measure)}: ${value}, over the limit of ${threshold}.`,
    backendDown: (backend, reason, models) =>
      `Backend ${withModels(backend, models)} does not answer: ${reason}.`,
    gatewayDown: 'The gateway does not answer; nothing else can be said until it does.',
    watchdog: {
      evaluation: () => 'Objectives are not evaluated: whatever happens now, nobody is told of it.',
      delivery: (receiver) => (reason) =>
        `${receiver} cannot be reached, and is not told of alerts${because(reason)}.`,
    },
  },
  was: {
    burn: ({ bad, events, window, promise }) =>
      `${bad} of ${events} requests in ${window === '1 h' ? 'an hour' : window} broke the promise (${promise}).`,
    exhausted: ({ promise, window }) => `The error budget of ${window} was spent (promised: ${promise}).`,
    noData: (promise) => `There were no requests to say by whether the promise was kept (${promise}).`,
    threshold: ({ measure, value, threshold }) =>
      `${capital(measure)}: last ${value}, over the limit of ${threshold}.`,
    backendDown: (backend, reason, models) =>
      `Backend ${withModels(backend, models)} did not answer: ${reason}.`,
    gatewayDown: 'The gateway did not answer.',
    watchdog: {
      evaluation: () => 'Objectives were not evaluated: of what happened meanwhile nobody was told.',
      delivery: (receiver) => (reason) => `${receiver} could not be reached${because(reason)}.`,
    },
  },
  spending: {
    allowed: 'It is not being overspent now.',
    ongoing: ({ times, window, recentTimes, recentWindow }) =>
      `It is still being overspent: ${times} times as fast as allowed over the last ${window}, ${recentTimes} times over the last ${recentWindow}.`,
    past: ({ times, window, recentWindow }) =>
      `Over the last ${window} it was spent ${times} times as fast as allowed, but in the last ${recentWindow} it was not overspent.`,
  },
  unanswered: (backends) =>
    `No answer from ${backends.map(({ backend, models }) => `backend ${withModels(backend, models)}`).join('; ')}.`,
  models: (names, more) => `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`,
  since: (moment, duration) => `Since ${moment} (${duration}).`,
  lasted: (from, to, duration) => `It lasted from ${from} to ${to} (${duration}).`,
  scope: (parts) => `For ${parts.join(', ')}.`,
  place: (parts) => `On ${parts.join(', ')}.`,
  scopePart: {
    model: (name) => `model ${name}`,
    tenant: (name) => `tenant ${name}`,
    route: (name) => `route ${name}`,
    backend: (name) => `backend ${name}`,
    gpu: (name) => `GPU ${name}`,
    mount: (name) => `disk ${name}`,
  },
  blamed: (slices) => `Causes: ${slices.join('; ')}.`,
  blamedSlice: ({ phase, backend, model, band, tenant, share, slowdown }) =>
    [
      `${share} ${phase}`,
      ...(backend === undefined ? [] : [`on ${backend}`]),
      ...(model === undefined ? [] : [`for ${model}`]),
      ...(band === undefined ? [] : [`with ${band}`]),
      ...(tenant === undefined ? [] : [`of tenant ${tenant}`]),
      ...(slowdown === undefined ? [] : [`(because it generates ${slowdown} times slower than usual)`]),
    ].join(' '),
  promises: {
    availability: () => 'requests succeed',
    duration: (threshold) => `answers within ${threshold}`,
    firstToken: (threshold) => `first tokens within ${threshold}`,
    perToken: (threshold) => `answers at ${threshold} per token or faster`,
    interToken: (threshold) => `answers with gaps within ${threshold}`,
    guard: (threshold) => `guard checks within ${threshold}`,
  },
  promised: (ratio, what) => `${ratio} of ${what}`,
  measures: {
    availability: () => 'failed requests',
    duration: (threshold) => `requests slower than ${threshold}`,
    firstToken: (threshold) => `first tokens later than ${threshold}`,
    perToken: (threshold) => `answers slower than ${threshold} per token`,
    interToken: (threshold) => `answers with gaps over ${threshold}`,
    guard: (threshold) => `guard checks slower than ${threshold}`,
    gpuMemory: () => 'GPU memory in use',
    gpuUtilization: () => 'GPU utilization',
    gpuTemperature: () => 'GPU temperature',
    hostMemory: () => 'memory in use',
    hostCpu: () => 'CPU in use',
    hostDisk: () => 'disk in use',
  },
  window: (text) => text,
  phases: {
    receive: 'reading the request',
    authenticate: 'checking the key',
    limit: 'checking limits',
    guard: 'content checks',
    queue: 'waiting in the queue',
    retry: 'failed attempts before the answer',
    connect: 'connecting',
    load: 'loading the model',
    prefill: 'reading the prompt (prefill)',
    decode: 'slow generation (decode)',
    'client-stall': 'clients that read slowly',
    client: 'clients that read slowly',
    gateway: 'the gateway itself',
    length: 'long answers',
  },
  codes: {
    queue_full: 'queue full',
    queue_timeout: 'waited too long in the queue',
    no_backend: 'no backend left to try',
    backend_unreachable: 'backend not reached',
    backend_error: 'errors of the backend',
    backend_protocol_error: 'answers that make no sense',
    first_token_timeout: 'no first token in time',
    idle_timeout: 'answer that stood still',
    deadline_exceeded: 'answer not complete in time',
    stream_interrupted: 'answer broken off',
    guard_unavailable: 'content check not available',
    draining: 'gateway shutting down',
    internal: 'error of the gateway',
  },
  coded: (words, code) => `${words} (${code})`,
  relapsed: (count, hold) =>
    `It has come back ${count === 1 ? 'once' : `${count} times`} lately, so it counts as over only after ${hold} of quiet.`,
  late: (reason) =>
    `This could not be delivered while it lasted${reason === undefined ? '' : `: ${reason}`}.`,
  someOver: (count) =>
    `${plural(count, 'alert', 'alerts')} of this group ${count === 1 ? 'is' : 'are'} over.`,
  more: (count) => `And ${count} more.`,
  testBody: (receiver) =>
    `Somebody ran "weir alerts test ${receiver}" to see whether messages arrive. Nothing is wrong.`,
  heartbeatBody: 'Objectives are evaluated and alerts are delivered. Worry when this stops.',
  facts: {
    attained: 'Attained',
    budget: 'Error budget',
    exhausted: 'Spent at this rate in',
    rate: 'Burn rate',
  },
  budgetSpent: (over) => `spent, and ${over} more`,
  budgetJustSpent: 'spent',
  budgetSpentTimes: (times) => `spent ${times} times over`,
  budgetLeft: (left) => `${left} left`,
  attained: (ratio, window, target) => `${ratio} over ${window}, target ${target}`,
  attainedNothing: (window, target) => `nothing counted over ${window}, target ${target}`,
  rate: ({ rate, long, short, factor }) => `${rate}x over ${long} and ${short}, limit ${factor}x`,
  links: { console: 'Console', dashboard: 'Dashboard', logs: 'Logs', runbook: 'Runbook' },
  toSilence: 'To silence it',
  count: (count) => count.toLocaleString('en-US'),
  percent: (digits) => `${digits} %`,
  units: { d: ' d', h: ' h', m: ' min', s: ' s' },
  unitJoint: ' ',
  sentenceJoint: ' ',
  colon: ': ',
}
