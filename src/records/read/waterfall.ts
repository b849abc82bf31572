// One request for people: what it was, where its time went, who was asked, and what was said if that was kept.
import { PHASES, type Attempt, type PhaseName, type RequestRecord } from '../../core/record.ts'
import type { StoredContent, StoredRecord } from '../store.ts'
import { colourOfStatus, type Colour, type Paint } from './paint.ts'
import { printCost, printExactly, printShare, printTook } from './values.ts'
import { displayWidth, padEnd, padStart, toPrintable, toPrintableLines } from './width.ts'

export interface WaterfallStyle {
  readonly paint: Paint
  readonly timeZone?: string | undefined
  /** Of the terminal. */
  readonly columns?: number | undefined
}

const DEFAULT_COLUMNS = 100
const LEAST_BAR = 20
const MOST_BAR = 80
/** Name, duration and share beside a bar, with the gaps between them. */
const BESIDE_BAR = 38

/** Waiting for others, working for this request, and ours. */
const COLOURS: Readonly<Partial<Record<PhaseName, Colour>>> = {
  ...{ limit: 'yellow', queue: 'yellow', retry: 'red', load: 'magenta', guard: 'yellow' },
  ...{ connect: 'blue', prefill: 'cyan', decode: 'green', 'client-stall': 'grey' },
}

export function printWaterfall(
  stored: StoredRecord,
  content: StoredContent | undefined,
  style: WaterfallStyle,
): string {
  const { columns = DEFAULT_COLUMNS } = style
  const bar = Math.min(MOST_BAR, Math.max(LEAST_BAR, columns - BESIDE_BAR))
  const parts = [
    printHead(stored, style),
    printPhases(stored.record, bar, style.paint),
    printAttempts(stored.record, bar, style.paint),
    ...(content === undefined ? [] : [printContent(content, style.paint)]),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function printHead({ record, verdict }: StoredRecord, { paint, timeZone }: WaterfallStyle): string {
  const status = [record.status, record.outcome, record.code].filter((part) => part !== undefined).join(' ')
  const rows = [
    ['request', record.id],
    ['started', printExactly(record.startedAtMs, timeZone)],
    ['call', `${record.method} ${record.endpoint} (${record.dialect}${record.stream ? ', stream' : ''})`],
    [
      'status',
      `${status}${record.interruptedBy === undefined ? '' : `, broken off by the ${record.interruptedBy}`}`,
    ],
    ['model', printModel(record)],
    ['backend', printBackend(record)],
    ['caller', [record.key, record.tenant && `of ${record.tenant}`].filter(Boolean).join(' ')],
    ['took', printTimes(record)],
    ['tokens', printUsage(record)],
    ['cost', record.cost === undefined ? '' : printCost(record.cost)],
    ['queue', printQueue(record)],
    ['memory', printOffload(record)],
    ['gateway', printLoopStall(record)],
    ['finish', record.finishReason ?? ''],
    ['trace', record.traceId ?? ''],
    // Beside a failure, that its time was as usual would read as if nothing had happened.
    [
      'why',
      verdict === undefined || (record.outcome !== 'ok' && verdict.cause === 'nothing') ? '' : verdict.text,
    ],
  ] as const
  const shown = rows.filter(([, text]) => text !== '')
  const width = Math.max(...shown.map(([name]) => name.length))
  const colours: Readonly<Record<string, Colour | undefined>> = {
    status: colourOfStatus(record.status),
    why: 'bold',
  }
  const lines = shown.map(([name, text]) => {
    const colour = colours[name]
    const safe = toPrintable(text)
    return `${paint(padEnd(name, width), 'grey')}  ${colour === undefined ? safe : paint(safe, colour)}\n`
  })
  return lines.join('')
}

function printModel({
  modelAsked,
  modelRouted,
  modelAnswered,
  fallbackFrom,
  fallbackReason,
}: RequestRecord): string {
  const model = modelRouted ?? modelAsked
  if (model === undefined) return ''
  const notes = [
    ...(modelAsked !== undefined && modelAsked !== model ? [`asked for as ${modelAsked}`] : []),
    ...(modelAnswered !== undefined && modelAnswered !== model ? [`answered as ${modelAnswered}`] : []),
    ...(fallbackFrom === undefined
      ? []
      : [`in place of ${fallbackFrom}: ${fallbackReason ?? 'not available'}`]),
  ]
  return notes.length === 0 ? model : `${model} (${notes.join('; ')})`
}

function printBackend({ backend, provider, cold }: RequestRecord): string {
  if (backend === undefined) return ''
  return `${backend} (${[provider, cold ? 'had to load the model' : undefined].filter(Boolean).join(', ')})`
}

function printTimes({ durationMs, firstTokenMs, usage, gaps, stalls }: RequestRecord): string {
  const { outputTokens } = usage
  const perSecond =
    firstTokenMs === undefined || outputTokens === undefined || outputTokens < 2 || durationMs <= firstTokenMs
      ? []
      : [`${(((outputTokens - 1) * 1_000) / (durationMs - firstTokenMs)).toFixed(1)} tokens/s after it`]
  const parts = [
    printTook(durationMs),
    ...(firstTokenMs === undefined ? [] : [`first token after ${printTook(firstTokenMs)}`]),
    ...perSecond,
    ...(gaps === undefined || gaps.count === 0 ? [] : [`longest gap ${printTook(gaps.maxMs)}`]),
    ...(stalls === 0 ? [] : [`${stalls} stall${stalls === 1 ? '' : 's'}`]),
  ]
  return parts.join(', ')
}

function printUsage({ usage, estimated }: RequestRecord): string {
  const { promptTokens, outputTokens, cachedTokens, reasoningTokens } = usage
  const parts = [
    ...(promptTokens === undefined ? [] : [`${promptTokens} in`]),
    ...(cachedTokens === undefined ? [] : [`${cachedTokens} of them cached`]),
    ...(outputTokens === undefined ? [] : [`${outputTokens} out`]),
    ...(reasoningTokens === undefined ? [] : [`${reasoningTokens} of them reasoning`]),
  ]
  const note = estimated.usage ? 'the backend gave no counts' : ''
  return parts.length === 0 ? note : `${parts.join(', ')}${note === '' ? '' : ` (${note})`}`
}

function printQueue({ queued, shed }: RequestRecord): string {
  if (shed !== undefined) return `refused: the gateway had no room (${shed})`
  return queued === undefined
    ? ''
    : `place ${queued.position} at ${queued.backend}, waited ${printTook(queued.waitMs)}`
}

function printOffload({ offloadRatio }: RequestRecord): string {
  if (offloadRatio === undefined || offloadRatio === 0) return ''
  return `${printShare(offloadRatio)} of the model lay outside GPU memory`
}

function printLoopStall({ loopStallMs }: RequestRecord): string {
  if (loopStallMs === undefined || loopStallMs === 0) return ''
  return `stood still for ${printTook(loopStallMs)} meanwhile: what arrived then was seen later`
}

/** Phases follow each other in the order in which they happen, so that each begins where the one before ended. */
function printPhases(record: RequestRecord, bar: number, paint: Paint): string {
  const { phases, durationMs, estimated, firstTokenMs } = record
  const taken = PHASES.filter((phase) => phases[phase] > 0)
  if (taken.length === 0) return ''
  let at = 0
  const lines = taken.map((phase) => {
    const ms = phases[phase]
    const drawn = drawBar({ fromMs: at, toMs: at + ms, totalMs: durationMs }, bar)
    at += ms
    const share = printShare(durationMs === 0 ? 0 : ms / durationMs)
    const line = [
      padEnd(phase, NAME_WIDTH),
      paint(drawn, COLOURS[phase] ?? 'grey'),
      padStart(printTook(ms), TOOK_WIDTH),
      padStart(share, SHARE_WIDTH),
    ]
    return `${line.join('  ')}\n`
  })
  const note = estimated.phases ? noteOf(firstTokenMs) : ''
  return `${axis(durationMs, bar)}${lines.join('')}${note}`
}

/** The backend told no durations of its own. */
function noteOf(firstTokenMs: number | undefined): string {
  return firstTokenMs === undefined
    ? 'prefill and decode could not be told apart: both are in decode\n'
    : 'the backend does not say when its load ended: load may hold some of prefill\n'
}

const NAME_WIDTH = 14
const TOOK_WIDTH = 8
const SHARE_WIDTH = 7

function axis(totalMs: number, bar: number): string {
  const end = printTook(totalMs)
  return `${' '.repeat(NAME_WIDTH + 2)}0${' '.repeat(Math.max(1, bar - 1 - end.length))}${end}\n`
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
  readonly totalMs: number
}

function toCell(ms: number, totalMs: number, bar: number): number {
  return totalMs <= 0 ? 0 : Math.min(bar, Math.max(0, Math.round((ms / totalMs) * bar)))
}

/** As wide as the axis; what is shorter than a cell is a thin line where it happened. */
function drawBar({ fromMs, toMs, totalMs }: Span, bar: number): string {
  const to = toCell(toMs, totalMs, bar)
  const from = Math.min(toCell(fromMs, totalMs, bar), bar - 1)
  const drawn = to > from ? '█'.repeat(to - from) : '▏'
  return padEnd(' '.repeat(from) + drawn, bar)
}

const LEGEND = '· connects   ░ waits for the head of the answer   ▒ waits for its first token   █ answers'

function printAttempts({ attempts, durationMs }: RequestRecord, bar: number, paint: Paint): string {
  if (attempts.length === 0) return 'No backend was asked.\n'
  const lines = attempts.map((attempt, at) => {
    const name = padEnd(`${at + 1} ${toPrintable(attempt.backend)}`, NAME_WIDTH)
    const drawn = padEnd(drawAttempt(attempt, durationMs, bar), bar)
    const colour = attempt.result === 'error' ? 'red' : attempt.result === 'abandoned' ? 'grey' : 'green'
    const result = [attempt.result, attempt.status, attempt.code]
      .filter((part) => part !== undefined)
      .join(' ')
    // A long name pushes its bar to a line of its own rather than out of the picture.
    const lead = displayWidth(name) > NAME_WIDTH ? `${name}\n${' '.repeat(NAME_WIDTH)}` : name
    return `${lead}  ${paint(drawn, colour)}  ${padStart(printTook(attempt.endedMs - attempt.startedMs), TOOK_WIDTH)}  ${result}\n`
  })
  return `attempts\n${lines.join('')}${' '.repeat(NAME_WIDTH + 2)}${paint(LEGEND, 'grey')}\n`
}

function drawAttempt(attempt: Attempt, totalMs: number, bar: number): string {
  const { startedMs, connectedMs, firstByteMs, firstTokenMs, endedMs } = attempt
  const cell = (ms: number | undefined): number => toCell(ms ?? endedMs, totalMs, bar)
  const from = Math.min(toCell(startedMs, totalMs, bar), bar - 1)
  const marks = [cell(connectedMs), cell(firstByteMs), cell(firstTokenMs), cell(endedMs)]
  let drawn = ''
  for (const [at, sign] of ['·', '░', '▒', '█'].entries()) {
    drawn += sign.repeat(Math.max(0, (marks[at] ?? 0) - from - drawn.length))
  }
  return ' '.repeat(from) + (drawn === '' ? '▏' : drawn)
}

function printContent({ prompt, answer, isCut }: StoredContent, paint: Paint): string {
  const cut = isCut ? ' (cut)' : ''
  const part = (title: string, text: string): string =>
    `${paint(`${title}${cut}`, 'grey')}\n${toPrintableLines(text).trimEnd()}\n`
  return `${part('prompt', prompt)}\n${part('answer', answer)}`
}
