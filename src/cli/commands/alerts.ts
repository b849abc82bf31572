// `weir alerts`: what holds and who was told, silences, and a test message. It works beside a running gateway, through what
// that gateway keeps in its store.
import type { Command } from 'commander'
import type { AlertDesk } from '../../app/alert-desk.ts'
import { explain } from '../../config/explain.ts'
import { findNearest } from '../../config/nearest.ts'
import type { Config } from '../../config/resolve.ts'
import { parseDuration } from '../../core/units.ts'
import { RecordStoreError } from '../../records/store.ts'
import { addStoreFlags, toLoader, warn, type CommandContext, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { printExpired, printListing, printSilenced, printSilences } from './alerts-print.ts'

type AnyFlags = Readonly<Record<string, unknown>>

interface JsonFlag {
  readonly json?: true
}

interface SilenceFlags extends JsonFlag {
  readonly for?: string
  readonly by?: string
  readonly reason?: string
  readonly expire?: string
}

export const defineAlerts: DefineCommand = (program, context) => {
  const alerts = program.command('alerts').description('alerts, silences and the people who are told')
  defineList(alerts, context)
  defineSilence(alerts, context)
  defineTest(alerts, context)
}

const JSON_OPTION = ['--json', 'print one JSON value instead'] as const

function defineList(alerts: Command, { world, exit }: CommandContext): void {
  addStoreFlags(alerts.command('list'))
    .description('what holds now, since when, who was told of it and why nobody was')
    .option(...JSON_OPTION)
    .action(async (flags: JsonFlag & AnyFlags) => {
      const code = await withDesk({ flags, world, isToChange: false }, async (desk) => {
        const listing = await desk.list()
        return say(world, flags.json === true ? toJson(listing) : printListing(listing, world.clock.wall()))
      })
      return exit(code)
    })
}

function defineSilence(alerts: Command, { world, exit }: CommandContext): void {
  addStoreFlags(alerts.command('silence [CONDITION...]'))
    .description('tell nobody of alerts for a while; without conditions, list the silences')
    .option('--for <DURATION>', 'how long, such as 2h')
    .option('--reason <TEXT>', 'why, for whoever wonders')
    .option('--by <NAME>', 'who says so; who is logged in without this')
    .option('--expire <ID>', 'end a silence now')
    .option(...JSON_OPTION)
    .addHelpText('after', CONDITIONS_HELP)
    .action(async (conditions: string[], flags: SilenceFlags & AnyFlags) => {
      const complaints = complain(conditions, flags, world)
      if (complaints.length > 0) return exit(refuse(world, complaints))
      const isToChange = conditions.length > 0 || flags.expire !== undefined
      return exit(
        await withDesk({ flags, world, isToChange }, (desk) => silence(desk, { conditions, flags, world })),
      )
    })
}

const CONDITIONS_HELP = `
A condition is LABEL=VALUE; all of them must hold, and * stands for anything: alert=BackendDown,
severity=ticket, slo=chat-*, model=qwen3*, backend=ollama-2.`

/** What nobody is to be told of for longer is better left out of the routes: who wrote this will not be there to remember. */
const LONGEST_SILENCE_MS = 366 * 86_400_000

function complain(conditions: readonly string[], flags: SilenceFlags, world: World): string[] {
  const { expire, reason } = flags
  const isOrder = conditions.length > 0 && expire === undefined
  if (expire !== undefined && conditions.length > 0)
    return ['--expire ends one silence: leave the conditions out']
  if (!isOrder) {
    const unused = (['for', 'reason', 'by'] as const).filter((flag) => flags[flag] !== undefined)
    return unused.map((flag) => `--${flag} belongs to a new silence: which alerts is it to hold for?`)
  }
  return [
    ...complainOfLength(flags.for),
    ...(reason === undefined || reason === '' ? ['--reason: say why, for whoever wonders'] : []),
    ...(authorOf(flags, world) === undefined ? ['--by: say who you are'] : []),
  ]
}

function complainOfLength(text: string | undefined): string[] {
  const ms = text === undefined ? undefined : parseDuration(text)
  if (ms === undefined || ms <= 0) return ['--for: expected a duration such as 2h']
  return ms > LONGEST_SILENCE_MS ? ['--for: a silence lasts a year at most'] : []
}

function authorOf({ by }: SilenceFlags, { env, readUserName }: World): string | undefined {
  const names = [by, env['USER'], env['LOGNAME'], env['USERNAME'], readUserName?.()]
  return names.find((name) => name !== undefined && name !== '')
}

interface SilenceCall {
  readonly conditions: readonly string[]
  readonly flags: SilenceFlags
  readonly world: World
}

async function silence(desk: AlertDesk, { conditions, flags, world }: SilenceCall): Promise<number> {
  const nowMs = world.clock.wall()
  const isJson = flags.json === true
  if (flags.expire !== undefined) {
    const ended = await desk.expire(flags.expire)
    if (ended !== undefined) return say(world, isJson ? toJson(ended) : printExpired(ended))
    const { silences } = await desk.list()
    const active = silences.filter(({ isActive }) => isActive).map(({ id }) => id)
    const [near] = findNearest(flags.expire, active)
    const hint = near === undefined ? 'see weir alerts silence' : `did you mean ${near}?`
    world.streams.stderr.write(`error: no silence ${flags.expire} is in force; ${hint}\n`)
    return EXIT.no
  }
  if (conditions.length === 0) {
    const { silences } = await desk.list()
    return say(world, isJson ? toJson(silences) : printSilences(silences, nowMs))
  }
  const made = await desk.silence({
    matchers: conditions,
    forMs: parseDuration(flags.for ?? '') ?? 0,
    author: authorOf(flags, world) ?? '',
    reason: flags.reason ?? '',
  })
  if ('wrong' in made) {
    return refuse(
      world,
      made.wrong.map((text) => `${JSON.stringify(text)}: expected a condition such as slo=chat-*`),
    )
  }
  return say(world, isJson ? toJson(made) : printSilenced(made, nowMs))
}

function defineTest(alerts: Command, { world, exit }: CommandContext): void {
  addStoreFlags(alerts.command('test <RECEIVER>'))
    .description('send a message that says it is a test, the way an alert would go; exit 1 if it fails')
    .action(async (receiver: string, flags: AnyFlags) => {
      const config = load(flags, world)
      if (config === undefined) return exit(EXIT.usage)
      const tested = await world.testReceiver({ config, receiver })
      if ('known' in tested) return exit(refuse(world, [toUnknown(receiver, tested.known)]))
      const { kind, delivered, answer } = tested
      if (delivered) return exit(say(world, `${receiver} (${kind}) took the test message: ${answer}\n`))
      world.streams.stderr.write(`error: ${receiver} (${kind}) did not take the test message: ${answer}\n`)
      return exit(EXIT.no)
    })
}

function toUnknown(receiver: string, known: readonly string[]): string {
  const [near] = findNearest(receiver, known)
  if (near !== undefined) return `there is no receiver ${receiver}; did you mean ${near}?`
  return known.length === 0
    ? `there is no receiver ${receiver}: alerts.receivers is empty`
    : `there is no receiver ${receiver}; there are: ${known.join(', ')}`
}

function load(flags: AnyFlags, world: World): Config | undefined {
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (result.ok) return result.config
  world.streams.stderr.write(explain(result.problems))
  return undefined
}

interface DeskCall {
  readonly flags: AnyFlags
  readonly world: World
  readonly isToChange: boolean
}

async function withDesk(
  { flags, world, isToChange }: DeskCall,
  work: (desk: AlertDesk) => Promise<number>,
): Promise<number> {
  const config = load(flags, world)
  if (config === undefined) return EXIT.usage
  let desk: AlertDesk | undefined
  try {
    desk = await world.openAlertDesk({ config, isToChange })
    return await work(desk)
  } catch (thrown) {
    if (!(thrown instanceof RecordStoreError)) throw thrown
    world.streams.stderr.write(`error: ${thrown.message}\n`)
    return EXIT.usage
  } finally {
    await desk?.close()
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

function say({ streams }: World, text: string): number {
  streams.stdout.write(text)
  return EXIT.ok
}

function refuse({ streams }: World, complaints: readonly string[]): number {
  streams.stderr.write(complaints.map((complaint) => `error: ${complaint}\n`).join(''))
  return EXIT.usage
}
