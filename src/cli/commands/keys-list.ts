// `weir keys list`: the keys of the file and of the store, what each may do, and how much of its limits is used.
import type { Command } from 'commander'
import { listKeys, type ListedKey } from '../../access/store/key-desk.ts'
import { openSqliteKeyStoreToRead } from '../../access/store/sqlite/store.ts'
import { findNearest } from '../../config/nearest.ts'
import { parseGlob } from '../../core/glob.ts'
import { systemClock } from '../../core/clock.ts'
import { parseRatio } from '../../core/units.ts'
import { choosePaint } from '../../records/read/paint.ts'
import { addStoreFlags, type CommandContext } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { findMostUsed, openKeyBook, type KeyBook } from './keys-book.ts'
import { listToJson, printList } from './keys-list-print.ts'
import { findStore, guarded, JSON_OPTION } from './keys-place.ts'

interface ListFlags extends Readonly<Record<string, unknown>> {
  readonly all?: true
  readonly name?: string
  readonly tenant?: string
  readonly used?: string
  readonly json?: true
}

const HELP = `
Budgets are read from the data folder, where the gateway writes them each second. Requests, tokens
and requests at once are counted in the memory of each gateway, where nobody else can look: "-"
stands in their place. With \`state\` in the configuration all of it is counted and read there.
Exit code 2: something that is kept could not be read; the rest is printed all the same.`

export function defineList(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('list'))
    .description(
      'list keys, those of the file included: what each may do, and how much of its limits is used',
    )
    .option('--all', 'also those that were revoked')
    .option('--name <N>', 'only those of this name; * stands for anything')
    .option('--tenant <T>', 'only those of this tenant; * stands for anything')
    .option('--used <RATIO>', 'only those that have used at least so much of a limit, such as 80%')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (flags: ListFlags) => exit(await list(flags, world)))
}

async function list(flags: ListFlags, world: World): Promise<number> {
  const usedRatio = flags.used === undefined ? undefined : parseRatio(flags.used)
  if (flags.used !== undefined && usedRatio === undefined) {
    world.streams.stderr.write('error: --used: expected a share of a limit, such as 80% or 0.8\n')
    return EXIT.usage
  }
  const place = findStore(flags, world)
  if (place === undefined) return EXIT.usage
  return guarded(world, async () => {
    const store = openSqliteKeyStoreToRead(place.file)
    let stored
    try {
      stored = store?.list() ?? []
    } finally {
      store?.close()
    }
    const all = listKeys({ filed: place.filed, stored }, world.clock.wall())
    const listed = groupByName(all.filter(toFilter(flags)))
    const clock = { ...systemClock, wall: () => world.clock.wall() }
    const book = onlyUsed(await openKeyBook({ listed, config: place.config, clock }), { usedRatio, world })
    show(book, { flags, world, all, file: place.file })
    if (book.problem === undefined) return EXIT.ok
    world.streams.stderr.write(`error: ${book.problem}\n`)
    return EXIT.usage
  })
}

/** A key that was rotated stands above the one that took its place. */
function groupByName(keys: readonly ListedKey[]): readonly ListedKey[] {
  return [...Map.groupBy(keys, ({ name }) => name).values()].flat()
}

function toFilter({ all, name, tenant }: ListFlags): (key: ListedKey) => boolean {
  const isNamed = name === undefined ? undefined : parseGlob(name)
  const isOfTenant = tenant === undefined ? undefined : parseGlob(tenant)
  return (key) =>
    (all === true || key.state !== 'revoked') &&
    (isNamed === undefined || isNamed(key.name)) &&
    (isOfTenant === undefined || (key.grant.tenant !== undefined && isOfTenant(key.grant.tenant)))
}

/** Says how many keys the question has no answer for: to leave them out in silence would call them well. */
function onlyUsed(
  book: KeyBook,
  { usedRatio, world }: { readonly usedRatio: number | undefined; readonly world: World },
): KeyBook {
  if (usedRatio === undefined) return book
  const unknown = book.keys.filter(({ own, shared }) =>
    [...own, ...shared].some(({ use }) => 'unknown' in use),
  )
  if (unknown.length > 0) {
    const count = unknown.length === 1 ? '1 key' : `${unknown.length} keys`
    world.streams.stderr.write(`weir: of ${count} not every limit can be read from here\n`)
  }
  return { ...book, keys: book.keys.filter((booked) => (findMostUsed(booked) ?? -1) >= usedRatio) }
}

interface ShowInput {
  readonly flags: ListFlags
  readonly world: World
  /** Every key there is. */
  readonly all: readonly ListedKey[]
  /** Where those of the store are, or would be. */
  readonly file: string
}

const HINT = '`weir keys create --name NAME` makes one.'

function show(book: KeyBook, { flags, world, all, file }: ShowInput): void {
  const { stdout, stderr } = world.streams
  if (flags.json === true) stdout.write(`${JSON.stringify(listToJson(book))}\n`)
  else if (all.length === 0)
    stdout.write(`There are no keys, neither in the configuration nor in ${file}. ${HINT}\n`)
  else if (book.keys.length > 0) {
    const isTerminal = stdout.isTTY === true
    const columns = isTerminal ? stdout.columns : undefined
    stdout.write(printList(book, { paint: choosePaint(isTerminal, world.env), columns }))
  }
  if (book.keys.length === 0 && all.length > 0) stderr.write(`weir: ${explainNothing(flags, all)}\n`)
}

function explainNothing(flags: ListFlags, all: readonly ListedKey[]): string {
  const { name, tenant, used } = flags
  const isFiltered = [name, tenant, used].some((flag) => flag !== undefined)
  if (!isFiltered) return 'every key was revoked; --all lists them'
  const names = all.map((key) => key.name)
  const [near] = name === undefined || names.includes(name) ? [] : findNearest(name, names)
  if (near !== undefined) return `no key fits; did you mean ${near}?`
  return `no key fits${flags.all === true ? '' : '; --all lists those that were revoked as well'}`
}
