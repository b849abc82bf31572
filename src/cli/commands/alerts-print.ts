// `weir alerts` as people read it. Labels and reasons are other people's text: nothing in them may move the cursor.
import type { AlertDesk } from '../../app/alert-desk.ts'
import { printDuration } from '../../core/units.ts'
import { toPrintable } from '../../records/read/width.ts'

type Listing = Awaited<ReturnType<AlertDesk['list']>>
type ListedAlert = Listing['alerts'][number]
type ListedSilence = Listing['silences'][number]

/** A gateway writes at least every minute; after this it is said that none does. */
const OLD_MS = 5 * 60_000
const MINUTE_MS = 60_000

export function printListing(listing: Listing, nowMs: number): string {
  const active = listing.silences.filter(({ isActive }) => isActive)
  return [
    printHead(listing, nowMs),
    ...listing.alerts.map((alert) => printAlert(alert, nowMs)),
    ...(active.length === 0
      ? []
      : ['\nSilences\n', ...active.map((silence) => printSilence(silence, nowMs))]),
  ].join('')
}

function printHead({ asOfMs, evaluatedAtMs, alerts }: Listing, nowMs: number): string {
  if (asOfMs === undefined) return 'No gateway has looked for alerts yet.\n'
  const muted = alerts.filter(({ mutedBy }) => mutedBy !== undefined).length
  const count =
    alerts.length === 0 ? 'No alerts' : alerts.length === 1 ? 'One alert' : `${alerts.length} alerts`
  const head = `${count}${muted > 0 ? `, ${muted} muted` : ''}, as of ${printAge(evaluatedAtMs ?? asOfMs, nowMs)}.\n`
  if (nowMs - asOfMs > OLD_MS) return `${head}No gateway has written since: is one running?\n`
  const isBlind = evaluatedAtMs === undefined || nowMs - evaluatedAtMs > OLD_MS
  return isBlind ? `${head}What holds has not been known for a while: see the log of the gateway.\n` : head
}

function printAlert(alert: ListedAlert, nowMs: number): string {
  const { severity, name, labels, startedAtMs, summary, mutedBy, receivers } = alert
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const who =
    receivers.length === 0
      ? ['nobody is told: no route takes it']
      : receivers.map((each) => printReceiver(each, nowMs))
  const lines = [
    [severity.padEnd(6), name, ...pairs].join(' '),
    `  ${summary}`,
    `  since ${printMoment(startedAtMs)} (${printSpan(nowMs - startedAtMs)})`,
    ...(mutedBy === undefined ? [] : [`  muted: ${mutedBy}`]),
    ...who.map((line) => `  ${line}`),
  ]
  return `\n${lines.map((line) => `${toPrintable(line)}\n`).join('')}`
}

function printReceiver(
  { receiver, toldAtMs, via, reason }: ListedAlert['receivers'][number],
  nowMs: number,
): string {
  const whom = via === undefined ? receiver : `${via} in place of ${receiver}`
  const trouble = reason === undefined ? '' : ` (last try: ${reason})`
  if (toldAtMs === undefined) return `${receiver} has not been told${trouble}`
  return `told ${whom} ${printAge(toldAtMs, nowMs)}${trouble}`
}

export function printSilences(silences: readonly ListedSilence[], nowMs: number): string {
  if (silences.length === 0) return 'No silences.\n'
  return silences.map((silence) => printSilence(silence, nowMs)).join('')
}

function printSilence(silence: ListedSilence, nowMs: number): string {
  const { id, matchers, author, reason, endsAtMs, isActive, matching } = silence
  const state = isActive
    ? `for ${printSpan(endsAtMs - nowMs)} more, ${matching} muted`
    : `over ${printAge(endsAtMs, nowMs)}`
  return `${toPrintable(`${id}  ${matchers.join(' ')}  ${state}, by ${author}: ${reason}`)}\n`
}

export function printSilenced(silence: ListedSilence, nowMs: number): string {
  const { id, endsAtMs, matching } = silence
  const what =
    matching === 0
      ? 'Nothing that holds now falls under it; it is there for what begins.'
      : `${matching === 1 ? 'One alert' : `${matching} alerts`} that hold${matching === 1 ? 's' : ''} now fall${matching === 1 ? 's' : ''} under it.`
  const until = `Silenced until ${printMoment(endsAtMs)} (${printSpan(endsAtMs - nowMs)}).`
  return `${until} ${what}\nTo end it before: weir alerts silence --expire ${id}\n`
}

export function printExpired({ id, matchers }: ListedSilence): string {
  return `${toPrintable(`Silence ${id} (${matchers.join(' ')}) is over.`)}\n`
}

function printAge(atMs: number, nowMs: number): string {
  return `${printSpan(nowMs - atMs)} ago`
}

/** Seconds only where there are no minutes. */
function printSpan(ms: number): string {
  const step = ms >= MINUTE_MS ? MINUTE_MS : 1_000
  return printDuration(Math.max(0, Math.round(ms / step) * step))
}

function printMoment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
