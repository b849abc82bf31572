// `weir sla replay`: which alerts would another configuration have raised over the records that are kept?
import { holdProcess } from '../../core/clock.ts'
import type { Config } from '../../config/resolve.ts'
import { RecordStoreError } from '../../records/store.ts'
import { choosePaint } from '../../records/read/paint.ts'
import type { ReplayReport } from '../../app/sla.ts'
import { addStoreFlags, toLoader, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { clockOf, complain, loadLevels, type AnyFlags } from './sla-load.ts'
import { isTimeZone, readSpan } from './sla-period.ts'
import { createProgressLine } from './sla-progress.ts'
import { printReplay } from './sla-replay-print.ts'

interface ReplayFlags {
  readonly since?: string
  readonly until?: string
  readonly present?: string
  readonly timeZone?: string
  readonly json?: true
}

const DEFAULT_SINCE = '7d'

export const defineSlaReplay: DefineCommand = (sla, { world, exit }) => {
  addStoreFlags(sla.command('replay'))
    .description(
      'which alerts the objectives of another file would have raised over the records that are kept',
    )
    .option('--since <WHEN>', `from then on: how long ago, or a day or time; ${DEFAULT_SINCE} without this`)
    .option('--until <WHEN>', 'until then; a day is meant to its end; until now without this')
    .option(
      '--present <FILE>',
      'compare with this file; without this, with ./weir.yaml if that is another one',
    )
    .option('--time-zone <ZONE>', 'whose days and clocks are meant, such as Asia/Shanghai')
    .option('--json', 'print one JSON value instead')
    .action(async (flags: ReplayFlags & AnyFlags) => exit(await run(flags, world)))
}

async function run(flags: ReplayFlags & AnyFlags, world: World): Promise<number> {
  const { since = DEFAULT_SINCE, until, timeZone } = flags
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    complain(world, ['--time-zone: expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai'])
    return EXIT.usage
  }
  const changed = loadLevels(flags, world)
  if (changed === undefined) return EXIT.usage
  const present = loadPresent(flags, world, changed)
  if (present === 'refused') return EXIT.usage
  const zone = timeZone ?? changed.serviceLevels.timezone
  const read = readSpan(since, until, { nowMs: world.clock.wall(), timeZone: zone })
  if ('complaints' in read) {
    complain(world, read.complaints)
    return EXIT.usage
  }
  const { fromMs, toMs } = read.period
  const report = await replay({ changed, present, fromMs, toMs, world })
  if (report === undefined) return EXIT.usage
  const { stdout } = world.streams
  if (flags.json === true) {
    const { toPlain } = await import('../../app/sla.ts')
    stdout.write(`${JSON.stringify(toPlain(report))}\n`)
  } else stdout.write(printReplay(report, choosePaint(stdout.isTTY === true, world.env), zone))
  return EXIT.ok
}

/** Whoever changes a file in its place has nothing to compare with, unless another one is named. */
function loadPresent(
  flags: ReplayFlags & AnyFlags,
  world: World,
  changed: Config,
): Config | undefined | 'refused' {
  const result = toLoader({ ...flags, config: flags.present }, world)()
  if (result.ok) {
    const { file } = result.config.source
    return file === undefined || file === changed.source.file ? undefined : result.config
  }
  if (flags.present !== undefined) {
    complain(world, ['--present: this configuration is not valid; weir check says why'])
    return 'refused'
  }
  world.streams.stderr.write('weir: warning: ./weir.yaml is not valid, so that nothing is compared with it\n')
  return undefined
}

interface Replaying {
  readonly changed: Config
  readonly present: Config | undefined
  readonly fromMs: number
  readonly toMs: number
  readonly world: World
}

/** Undefined when that could not be, and was said. The records are those of the gateway that is there. */
async function replay({ world, ...question }: Replaying): Promise<ReplayReport | undefined> {
  const { NothingToReplay, replayServiceLevels } = await import('../../app/sla.ts')
  const clock = clockOf(world)
  const line = createProgressLine(world.streams.stderr, clock)
  const release = holdProcess()
  try {
    const records = question.present ?? question.changed
    return await replayServiceLevels({ ...question, records, onProgress: line.note }, clock)
  } catch (thrown) {
    if (!(thrown instanceof RecordStoreError || thrown instanceof NothingToReplay)) throw thrown
    complain(world, [thrown.message])
    return undefined
  } finally {
    line.clear()
    release()
  }
}
