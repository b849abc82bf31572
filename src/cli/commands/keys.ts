// `weir keys`: makes, lists, revokes and rotates the keys of callers, in the store that a running gateway watches.
import { Option, type Command } from 'commander'
import { KEY_PRIORITIES } from '../../access/config.ts'
import { createKey } from '../../access/create-key.ts'
import { issueKey, revokeKeys, rotateKey, type DeskContext } from '../../access/store/key-desk.ts'
import type { KeyStore } from '../../access/store/key-store.ts'
import { openSqliteKeyStore } from '../../access/store/sqlite/store.ts'
import { CONTENT_POLICIES } from '../../core/content.ts'
import { parseDuration } from '../../core/units.ts'
import { addStoreFlags, warn, type CommandContext, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { defineList } from './keys-list.ts'
import { adviseOfBudget, readExpiry, readOrder, type OrderFlags } from './keys-order.ts'
import { findStore, guarded, JSON_OPTION, type AnyFlags, type StorePlace } from './keys-place.ts'
import {
  issuedToJson,
  linesToJson,
  printIssued,
  printLines,
  printRevoked,
  printRotated,
  revokedToJson,
  rotatedToJson,
} from './keys-print.ts'

interface JsonFlag {
  readonly json?: true
}

export const defineKeys: DefineCommand = (program, context) => {
  const keys = program.command('keys').description('API keys for callers')
  defineCreate(keys, context)
  defineList(keys, context)
  defineRevoke(keys, context)
  defineRotate(keys, context)
}

const EXPIRES = 'when it stops working: a time from now, such as 90d, or a day or moment'

function defineCreate(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('create'))
    .description('make a key and print it once; a running gateway takes it at once')
    .requiredOption('--name <NAME>', 'who it is for: the name in records and logs')
    .option('--tenant <TENANT>', 'the group its requests are counted for')
    .option('--models <A,B>', 'the models it may use, as names or with *; all of them without this')
    .option('--paths <A,B>', 'the paths it may call, such as /v1/chat/*; all of them without this')
    .option('--from <A,B>', 'the networks it may be used from, such as 10.0.0.0/8; anywhere without this')
    .option('--expires <WHEN>', `${EXPIRES}; never without this`)
    .addOption(new Option('--priority <P>', 'who goes first in a queue').choices([...KEY_PRIORITIES]))
    .addOption(
      new Option('--content <C>', 'of which requests content may be kept').choices([...CONTENT_POLICIES]),
    )
    .option('--requests <RATE>', 'how many requests it may make, such as 60/min')
    .option('--tokens <RATE>', 'how many tokens it may use, such as 100k/min')
    .option('--concurrent <N>', 'how many of its requests may be open at once')
    .option('--budget <RATE>', 'how much its requests may cost, such as 50/month')
    .option('--print', 'keep nothing, and print the lines that weir.yaml needs to know the key')
    .option(...JSON_OPTION)
    .action((flags: OrderFlags & JsonFlag & { readonly print?: true } & AnyFlags) => {
      const read = readOrder(flags, world.clock.wall())
      if ('complaints' in read) return exit(complain(world, read.complaints))
      const { order } = read
      if (flags.print === true) {
        const made = createKey(world.ids)
        return exit(say(world, flags.json, [() => linesToJson(made, order), () => printLines(made, order)]))
      }
      return withStore({ flags, world, exit }, (store, desk, { config }) => {
        const issued = issueKey(store, order, desk)
        const { place } = store
        warn(world, adviseOfBudget(order, config))
        return say(world, flags.json, [() => issuedToJson(issued, place), () => printIssued(issued, place)])
      })
    })
}

function defineRevoke(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('revoke <NAME>'))
    .description('close a key for good; a running gateway refuses it within a second')
    .option('--old', 'only what a rotation left behind')
    .option(...JSON_OPTION)
    .action((name: string, flags: JsonFlag & { readonly old?: true } & AnyFlags) =>
      withStore({ flags, world, exit }, (store, desk) => {
        const revoked = revokeKeys(store, { name, onlyOld: flags.old === true }, desk)
        return say(world, flags.json, [() => revokedToJson(name, revoked), () => printRevoked(name, revoked)])
      }),
    )
}

const DEFAULT_OVERLAP = '24h'

function defineRotate(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('rotate <NAME>'))
    .description('replace a key by a new one that may do the same, and print that once')
    .option(
      '--overlap <DURATION>',
      'how long the key before it still works; 0 for not at all',
      DEFAULT_OVERLAP,
    )
    .option('--expires <WHEN>', `${EXPIRES}; without this it lasts as long as the key before it was made for`)
    .option(...JSON_OPTION)
    .action((name: string, flags: JsonFlag & { overlap: string; expires?: string } & AnyFlags) => {
      const nowMs = world.clock.wall()
      const overlapMs = parseDuration(flags.overlap)
      const expires = flags.expires === undefined ? undefined : readExpiry(flags.expires, nowMs)
      const complaints = [
        ...(overlapMs === undefined ? ['--overlap: expected a duration such as 24h, or 0'] : []),
        ...(typeof expires === 'string' ? [`--expires: ${expires}`] : []),
      ]
      if (overlapMs === undefined || typeof expires === 'string') return exit(complain(world, complaints))
      return withStore({ flags, world, exit }, (store, desk) => {
        const rotated = rotateKey(store, { name, overlapMs, expiresAtMs: expires }, desk)
        const { place } = store
        return say(world, flags.json, [
          () => rotatedToJson(rotated, place),
          () => printRotated(rotated, place),
        ])
      })
    })
}

interface StoreCall extends CommandContext {
  readonly flags: AnyFlags
}

/** Opens the store, does the work, and closes it; says what a person can act on when that fails. */
async function withStore(
  { flags, world, exit }: StoreCall,
  work: (store: KeyStore, desk: DeskContext, place: StorePlace) => number,
): Promise<void> {
  const place = findStore(flags, world)
  if (place === undefined) return exit(EXIT.usage)
  const code = await guarded(world, () => {
    const store = openSqliteKeyStore(place.file)
    try {
      const fileNames = place.filed.map(({ name }) => name)
      return work(store, { ids: world.ids, nowMs: world.clock.wall(), fileNames }, place)
    } finally {
      store.close()
    }
  })
  return exit(code)
}

/** Only the form that is asked for is made. */
function say(
  { streams }: World,
  json: true | undefined,
  [toJson, toText]: readonly [() => unknown, () => string],
): number {
  streams.stdout.write(json === true ? `${JSON.stringify(toJson())}\n` : toText())
  return EXIT.ok
}

function complain({ streams }: World, complaints: readonly string[]): number {
  streams.stderr.write(complaints.map((complaint) => `error: ${complaint}\n`).join(''))
  return EXIT.usage
}
