// English.
import type { Phrases } from './phrases.ts'

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

export const EN: Phrases = {
  severity: { page: 'PAGE', ticket: 'TICKET' },
  titleFiring: (severity, subject) => `${severity}: ${subject}`,
  titleResolved: (severity, subject, duration) =>
    `RESOLVED (${severity}): ${subject}, over after ${duration}`,
  titleTest: (receiver) => `TEST: Weir can reach ${receiver}`,
  titleHeartbeat: 'HEARTBEAT: Weir is watching',
  titleMany: ({ firing, over }) =>
    firing === 0
      ? `RESOLVED: ${plural(over, 'alert', 'alerts')}`
      : `ALERTS: ${firing} firing${over > 0 ? `, ${over} over` : ''}`,
  andMore: (subject, count) => `${subject} (and ${count} more)`,
  subject: {
    burn: (objective, times) => `${objective} spends its error budget ${times} times too fast`,
    exhausted: (objective) => `${objective} has spent its error budget`,
    noData: (objective, duration) => `${objective} has seen no requests for ${duration}`,
    threshold: (rule, measure, value) => `${rule}: ${measure} at ${value}`,
    backendDown: (backend) => `backend ${backend} does not answer`,
    gatewayDown: 'the gateway does not answer',
    watchdog: 'alerts may not reach anybody',
  },
  what: {
    burn: ({ bad, events, window, promise }) =>
      `${bad} of ${events} requests in the last ${window} broke the promise (${promise}).`,
    exhausted: ({ promise, window }) => `The error budget of ${window} is spent (promised: ${promise}).`,
    noData: (promise) => `Nobody can say whether the promise is kept (${promise}): there are no requests.`,
    threshold: ({ measure, value, threshold, duration }) => {
      const lasting = duration === undefined ? '' : ` for ${duration}`
      return `${measure.charAt(0).toUpperCase()}${measure.slice(1)}: ${value}, over the limit of ${threshold}${lasting}.`
    },
    backendDown: (backend, reason, models) =>
      `Backend ${backend}${models === undefined ? '' : ` (${models})`} does not answer: ${reason}.`,
    gatewayDown: 'The gateway does not answer; nothing else can be said until it does.',
    watchdog: (broken) => `Alerting does not work as it should: ${broken}.`,
  },
  unanswered: (backends) =>
    `No answer from ${backends.map(({ backend, models }) => `backend ${backend}${models === undefined ? '' : ` (${models})`}`).join('; ')}.`,
  models: (names, more) => `${names.join(', ')}${more === 0 ? '' : ` and ${more} more`}`,
  since: (moment, duration) => `Since ${moment} (${duration}).`,
  lasted: (from, to, duration) => `It lasted from ${from} to ${to} (${duration}).`,
  scope: (parts) => `For ${parts.join(', ')}.`,
  scopePart: {
    model: (name) => `model ${name}`,
    tenant: (name) => `tenant ${name}`,
    route: (name) => `route ${name}`,
    backend: (name) => `backend ${name}`,
  },
  blamed: (slices) => `Where it comes from: ${slices.join('; ')}.`,
  blamedSlice: ({ phase, backend, model, band, tenant, share, slowdown }) =>
    [
      `${share} ${phase}`,
      ...(backend === undefined ? [] : [`on ${backend}`]),
      ...(model === undefined ? [] : [`for ${model}`]),
      ...(band === undefined ? [] : [`with ${band}`]),
      ...(tenant === undefined ? [] : [`of tenant ${tenant}`]),
      ...(slowdown === undefined ? [] : [`(because it generates ${slowdown} times slower than usual)`]),
    ].join(' '),
  promises: {},
  promised: (ratio, what) => `${ratio} of ${what}`,
  measures: {},
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
  relapsed: (count, hold) =>
    `It has come back ${plural(count, 'time', 'times')} lately, so it counts as over only after ${hold} of quiet.`,
  late: (reason) =>
    `This could not be delivered while it lasted${reason === undefined ? '' : `: ${reason}`}.`,
  someOver: (count) =>
    `${plural(count, 'alert', 'alerts')} of this group ${count === 1 ? 'is' : 'are'} over.`,
  more: (count) => `And ${count} more.`,
  testBody: (receiver) =>
    `Somebody ran "weir alerts test ${receiver}" to see whether messages arrive. Nothing is wrong.`,
  heartbeatBody: 'Objectives are evaluated and alerts are delivered. Worry when this stops.',
  facts: {
    promise: 'Promise',
    attained: 'Attained',
    budget: 'Error budget',
    exhausted: 'Spent at this rate in',
    rate: 'Burn rate',
    limit: 'Limit',
    since: 'Since',
  },
  budgetSpent: (over) => `spent, ${over} too much`,
  budgetLeft: (left) => `${left} left`,
  attained: (ratio, window, target) => `${ratio} over ${window}, target ${target}`,
  attainedNothing: (window, target) => `nothing counted over ${window}, target ${target}`,
  rate: ({ rate, long, short, factor }) => `${rate}x over ${long} and ${short}, limit ${factor}x`,
  links: { console: 'Console', dashboard: 'Dashboard', logs: 'Logs', runbook: 'Runbook' },
  toSilence: 'To silence it',
  percent: (digits) => `${digits} %`,
  units: { d: ' d', h: ' h', m: ' min', s: ' s' },
  unitJoint: ' ',
  sentenceJoint: ' ',
  colon: ': ',
}
