// English.
import type { Phrases } from './phrases.ts'

function printIdle(idle: string | undefined): string {
  return idle === undefined ? '' : `; in ${idle} of them no request came`
}

export const EN: Phrases = {
  htmlLanguage: 'en',
  sentenceJoint: ' ',
  fullStop: '.',
  title: 'Service levels',
  units: { d: 'd', h: 'h', m: 'min', s: 's' },
  written: (moment) => `Written ${moment}.`,
  period: ({ from, to, zone, soFar }) => `${from} to ${to} (${zone})${soFar ? ', so far' : ''}`,
  promise: (_about, _target, english) => english,
  verdicts: { kept: 'kept', broken: 'broken', unknown: 'not known' },
  heads: {
    objective: 'Objective',
    promise: 'Promise',
    attained: 'Attained',
    verdict: 'Verdict',
    budgetSpent: 'Budget spent',
    notCounted: 'Not counted',
    began: 'Began',
    lasted: 'Lasted',
    bad: 'Bad',
    requests: 'Requests',
    budget: 'Of the budget',
    asTime: 'As time',
    carriedBy: 'Carried by',
    hour: 'Hour from',
    cause: 'Cause',
    share: 'Share',
    example: 'Longest',
    model: 'Model',
    tenant: 'Tenant',
    reason: 'Reason',
    name: 'Name',
    until: 'Until',
    from: 'From',
    minutes: 'Minutes',
    what: 'What is known',
  },
  sections: {
    incidents: 'Incidents',
    worstHours: 'Worst hours',
    whySlow: 'Why the slow requests were slow',
    whyFailed: 'Why requests failed',
    hit: 'Who was hit',
    excluded: 'Out of the count',
    maintenance: 'Maintenance',
    known: 'What is known',
  },
  attained: ({ ratio, good, total, target }) =>
    `Attained ${ratio}: ${good} of ${total} ${total === '1' ? 'request was' : 'requests were'} good. Promised: ${target}.`,
  attainedNothing: 'No request came that counts: whether the promise was kept is not known.',
  attainedUncounted: 'Nobody has counted for this objective: whether the promise was kept is not known.',
  budget: ({ events, time, bad, spent, left }) =>
    `The error budget allows ${events} bad requests of as many, or ${time}. Spent: ${bad}, which is ${spent}. Left: ${left}.`,
  noIncidents: 'None.',
  outside: (bad, spent) => `Outside of incidents: ${bad} bad requests, ${spent} of the budget.`,
  smallOnes: ({ count, isOne, bad, spent }) =>
    `${count} small ${isOne ? 'one' : 'ones'}: ${bad} bad requests, ${spent} of the budget.`,
  byHour: 'known by the hour',
  recordsGone: 'records are no longer kept',
  noRecordFits: 'no record of it',
  moreRows: (count) => `and ${count} more, in the JSON form of this report`,
  blamed: ({ text }) => text,
  seen: ({ kept, counted, from }) =>
    `From ${kept} of ${counted} requests, whose records are kept since ${from}.`,
  sampled: ({ bad, others }) =>
    `Each of the ${bad} bad ones was read, and ${others} of the others, spread over the period: numbers of all requests of a model or tenant, and of those out of the count, are estimates.`,
  noRecords:
    'No record of this period is kept, so that it cannot be said why requests were bad, nor whose they were.',
  noneFits:
    'No record of this period counts as it is counted now: the objective has been changed since, or records were lost.',
  causes: {
    load: 'model load',
    queue: 'queue',
    prefill: 'prefill',
    decode: 'slow decode',
    guard: 'the guard',
    retry: 'failed attempts',
    connect: 'connecting',
    client: 'callers that read slowly',
    gateway: 'the gateway itself',
    length: 'long answers at the usual speed',
    nothing: 'nothing unusual for this model',
    unknown: 'not explained',
  },
  unnamed: '(none)',
  exclusions: {
    maintenance: 'ended during maintenance',
    caller: 'mistakes of the caller',
    policy: 'met a limit or a content rule',
    abandoned: 'left by the caller',
    cold: 'had to load the model',
    failed: 'failed: belongs to availability',
    unmeasured: 'without what is measured, such as a first token',
  },
  excludedOf: (events) => `${events} requests were in scope, but out of the count.`,
  coverage: ({ counted, all, missing, idle }) =>
    `A gateway was there to count in ${counted} of ${all} minutes${printIdle(idle)}. In ${missing} minutes nobody counted: they are neither good nor bad.`,
  coverageWhole: ({ all, idle }) =>
    `A gateway was there to count in each of the ${all} minutes${printIdle(idle)}.`,
  gapNote: 'No gateway was running, it had other objectives, or what it counted could never be written.',
  gaps: {
    before: 'not counted yet',
    within: 'nobody counted',
    after: 'nobody has counted since',
  },
  gapInHour: 'within this hour',
  hoursOnly: (hours) =>
    `Of ${hours} hours only the sums are kept: incidents in them begin and end with the hour.`,
  rounded:
    'The period begins or ends within an hour of which only the sum is kept: that hour is counted where it began.',
}
