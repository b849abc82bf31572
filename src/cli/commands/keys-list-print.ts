// What `weir keys list` prints: a line for each key and below it one for each of its limits; or one JSON value.
import type { UnknownUse } from '../../access/limits/usage/use.ts'
import type { ListedKey } from '../../access/store/key-desk.ts'
import { printInstant } from '../../core/instant.ts'
import type { Colour, Paint } from '../../records/read/paint.ts'
import { toPrintable } from '../../records/read/width.ts'
import type { BookedKey, KeyBook, UsedRule } from './keys-book.ts'
import { printLeft, printLimits, printRule, printUsed, UNKNOWN_WORDS, useToJson } from './keys-limits.ts'
import { layTable, type Squeeze } from './keys-table.ts'

export interface ListStyle {
  readonly paint: Paint
  readonly columns: number | undefined
}

/** As wide as `weir requests` lets names be. */
const MOST_NAME = 32
const MOST_MODELS = 40

const COLUMNS = [
  { title: 'NAME', most: MOST_NAME },
  { title: 'KEY' },
  { title: 'STATE' },
  { title: 'TENANT', most: MOST_NAME },
  { title: 'MODELS', most: MOST_MODELS },
  { title: 'CREATED' },
  { title: 'ENDS' },
  { title: 'ORIGIN' },
]

/** A name, its state and its end stay on any terminal. */
const SQUEEZES: readonly Squeeze[] = [
  { title: 'CREATED', most: 0 },
  { title: 'MODELS', most: 16 },
  { title: 'ORIGIN', most: 0 },
  { title: 'TENANT', most: 10 },
  { title: 'NAME', most: 20 },
  { title: 'KEY', most: 0 },
  { title: 'MODELS', most: 0 },
  { title: 'TENANT', most: 0 },
]

/** Kind, limit, used and left say themselves what they are. */
const LIMIT_COLUMNS = ['', '', '', ''].map((title) => ({ title }))
const INDENT = '  '

export function printList(book: KeyBook, { paint, columns }: ListStyle): string {
  const keys = layTable({
    ...{ columns: COLUMNS, squeezes: SQUEEZES, width: columns },
    rows: book.keys.map(({ key }) => toCells(key)),
  })
  const shown = book.keys.map((booked, at) => (isLastOfName(book, at) ? booked.own : []))
  const tenants = listTenants(book)
  const limits = layLimits([...shown, ...tenants.map(({ rules }) => rules)], book, { paint, columns })
  const heading = `${paint(keys.heading, 'grey')}\n`
  const lines = book.keys.map(({ key }, at) => {
    const colour = COLOURS[key.state]
    const line = keys.lines[at] ?? ''
    return `${colour === undefined ? line : paint(line, colour)}\n${limits[at] ?? ''}`
  })
  const shared = tenants.map(
    ({ name }, at) =>
      `\ntenant ${toPrintable(name)}: all of its keys together\n${limits[shown.length + at] ?? ''}`,
  )
  return [
    heading,
    ...lines,
    ...shared,
    ...toNotes(book, [...shown, ...tenants.map(({ rules }) => rules)]),
  ].join('')
}

const COLOURS: Readonly<Partial<Record<ListedKey['state'], Colour>>> = {
  expired: 'grey',
  revoked: 'grey',
  hidden: 'yellow',
  unreadable: 'yellow',
}

function toCells(key: ListedKey): readonly string[] {
  const { name, hint, state, grant, createdAtMs, origin } = key
  const { tenant, models } = grant
  const endsMs = key.revokedAtMs ?? key.expiresAtMs
  return [
    toPrintable(name),
    hint ?? '-',
    state,
    toPrintable(tenant ?? '-'),
    models === undefined ? 'all' : models.length === 0 ? 'none' : toPrintable(models.join(', ')),
    createdAtMs === undefined ? '-' : printInstant(createdAtMs).slice(0, DAY_LENGTH),
    endsMs === undefined ? 'never' : printMinute(endsMs),
    origin,
  ]
}

const DAY_LENGTH = 'yyyy-mm-dd'.length
const MINUTE_LENGTH = 'yyyy-mm-ddThh:mm'.length

/** Rounded down: nobody is told that a key lasts longer than it does. */
function printMinute(ms: number): string {
  return `${printInstant(ms).slice(0, MINUTE_LENGTH)}Z`
}

/** A rotated key is counted with its successor: their limits are told once, of the last one that may use them. */
function isLastOfName({ keys }: KeyBook, at: number): boolean {
  const booked = keys[at]
  if (booked === undefined || booked.own.length === 0) return false
  return !keys.some(
    (other, place) => place > at && other.own.length > 0 && other.key.name === booked.key.name,
  )
}

interface TenantLimits {
  readonly name: string
  readonly rules: readonly UsedRule[]
}

function listTenants({ keys }: KeyBook): readonly TenantLimits[] {
  const tenants = new Map<string, readonly UsedRule[]>()
  for (const { key, shared } of keys) if (shared.length > 0) tenants.set(key.grant.tenant ?? '', shared)
  return [...tenants].map(([name, rules]) => ({ name, rules }))
}

/** One text for each group, the same columns in all of them. */
function layLimits(
  groups: readonly (readonly UsedRule[])[],
  book: KeyBook,
  { paint, columns }: ListStyle,
): readonly string[] {
  const { lines } = layTable({
    columns: LIMIT_COLUMNS,
    rows: groups.flat().map((used) => toLimitCells(used, book)),
    width: columns === undefined ? undefined : columns - INDENT.length,
    squeezes: [],
  })
  let at = 0
  return groups.map((group) =>
    group
      .map(({ rule, use }) => {
        const line = INDENT + (lines[at] ?? '')
        at += 1
        const colour = 'unknown' in use ? undefined : colourOf(use.used / rule.capacity)
        return `${colour === undefined ? line : paint(line, colour)}\n`
      })
      .join(''),
  )
}

function toLimitCells({ rule, use }: UsedRule, book: KeyBook): readonly string[] {
  const limit = printRule(rule, book)
  if ('unknown' in use) return [rule.kind, limit, '-', UNKNOWN_WORDS[use.unknown]]
  return [rule.kind, limit, printUsed(rule, use, book), printLeft(rule, use, book)]
}

const NEARLY_RATIO = 0.8

function colourOf(ratio: number): Colour | undefined {
  if (ratio >= 1) return 'red'
  return ratio >= NEARLY_RATIO ? 'yellow' : undefined
}

const IN_MEMORY: UnknownUse = 'in_memory'

/** What a sign or a word of the table means, where it stands there. */
function toNotes(book: KeyBook, groups: readonly (readonly UsedRule[])[]): readonly string[] {
  const namesOf = (state: ListedKey['state']): string =>
    book.keys.flatMap(({ key }) => (key.state === state ? [key.name] : [])).join(', ')
  const rules = groups.flat()
  const isInMemory = rules.some(({ use }) => 'unknown' in use && use.unknown === IN_MEMORY)
  const hasBudget = rules.some(({ rule, use }) => rule.kind === 'budget' && !('unknown' in use))
  const [hidden, unreadable] = [namesOf('hidden'), namesOf('unreadable')]
  const notes = [
    hidden === ''
      ? ''
      : `hidden: the configuration file has a key of the same name, and only that one opens the door (${hidden}).`,
    unreadable === ''
      ? ''
      : `unreadable: made by another version of Weir; this one does not understand what the key may do (${unreadable}).`,
    isInMemory
      ? '-: counted in the memory of the gateway, where nobody else can look (weir keys list --help).'
      : '',
    hasBudget && book.timezone !== 'UTC' ? `Days of budgets begin at midnight in ${book.timezone}.` : '',
  ].filter((note) => note !== '')
  return notes.length === 0 ? [] : [`\n${notes.join('\n')}\n`]
}

/** Its fields are stable (docs/guide/keys.md). */
export function listToJson(book: KeyBook): readonly Readonly<Record<string, unknown>>[] {
  return book.keys.map((booked) => {
    const { name, origin, state, hint, grant, createdAtMs, expiresAtMs, revokedAtMs } = booked.key
    const { limits, ...rest } = grant
    return {
      ...{ name, origin, state, hint },
      ...rest,
      ...(limits === undefined ? {} : { limits: printLimits(limits) }),
      ...toMoment('created', createdAtMs),
      ...toMoment('expires', expiresAtMs),
      ...toMoment('revoked', revokedAtMs),
      usage: toUsage(booked, book),
    }
  })
}

function toUsage({ own, shared }: BookedKey, book: KeyBook): readonly unknown[] {
  return [...own, ...shared].map((used) => useToJson(used, book))
}

function toMoment(name: string, ms: number | undefined): Readonly<Record<string, string>> {
  return ms === undefined ? {} : { [name]: printInstant(ms) }
}
