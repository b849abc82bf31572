// `weir sla report`: what was promised and attained over a month or another time, what spent the budget, and what is not known.
import { access, constants, writeFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { Option } from 'commander'
import { holdProcess } from '../../core/clock.ts'
import { RecordStoreError } from '../../records/store.ts'
import type { Config } from '../../config/resolve.ts'
import type { Language, PeriodQuestion, ReportFormat } from '../../app/sla.ts'
import { addStoreFlags, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { clockOf, complain, loadLevels, type AnyFlags } from './sla-load.ts'
import { isTimeZone, readPeriod, type PeriodFlags } from './sla-period.ts'
import { createProgressLine } from './sla-progress.ts'

interface ReportFlags extends PeriodFlags {
  readonly format?: ReportFormat
  readonly out?: string
  readonly language?: Language
  readonly timeZone?: string
}

const FORMATS = ['md', 'csv', 'json', 'html'] as const satisfies readonly ReportFormat[]
const LANGUAGES = ['en', 'zh'] as const satisfies readonly Language[]
const WHEN = 'how long ago, such as 7d, or a day or time such as 2026-10-01 or 2026-10-01T14:30'

export const defineSlaReport: DefineCommand = (sla, { world, exit }) => {
  addStoreFlags(sla.command('report'))
    .description('what was promised and attained, what spent the budget, and what is not known')
    .option('--month <MONTH>', 'a calendar month such as 2026-10; the one that is going on without this')
    .option('--since <WHEN>', `from then on instead: ${WHEN}`)
    .option('--until <WHEN>', 'until then; a day is meant to its end; until now without this')
    .option('--time-zone <ZONE>', 'whose months, days and clocks are meant, such as Asia/Shanghai')
    .addOption(
      new Option('--format <FORMAT>', 'as what; by the ending of --out, or md without this').choices([
        ...FORMATS,
      ]),
    )
    .option('--out <FILE>', 'write it there')
    .addOption(new Option('--language <LANGUAGE>', 'in which language').choices([...LANGUAGES]).default('en'))
    .action(async (flags: ReportFlags & AnyFlags) => exit(await run(flags, world)))
}

async function run(flags: ReportFlags & AnyFlags, world: World): Promise<number> {
  const { timeZone, out } = flags
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    complain(world, ['--time-zone: expected a time zone such as UTC, Europe/Berlin or Asia/Shanghai'])
    return EXIT.usage
  }
  const config = loadLevels(flags, world)
  if (config === undefined) return EXIT.usage
  const zone = timeZone ?? config.serviceLevels.timezone
  const read = readPeriod(flags, { nowMs: world.clock.wall(), timeZone: zone })
  if ('complaints' in read) {
    complain(world, read.complaints)
    return EXIT.usage
  }
  // What cannot be written is not worked out for minutes first.
  if (out !== undefined && !(await canWrite(resolve(world.cwd, out), world))) return EXIT.usage
  const text = await write({ config, flags, world, period: read.period, zone })
  if (text === undefined) return EXIT.usage
  if (out === undefined) {
    world.streams.stdout.write(text)
    return EXIT.ok
  }
  return save(resolve(world.cwd, out), text, world)
}

interface Writing {
  readonly config: Config
  readonly flags: ReportFlags
  readonly world: World
  readonly period: PeriodQuestion
  readonly zone: string
}

/** Undefined when that could not be, and was said. */
async function write({ config, flags, world, period, zone }: Writing): Promise<string | undefined> {
  const { timeZone, language = 'en' } = flags
  // Loaded here, so that no other command waits for it.
  const { PeriodNotBegun, printReport, reportServiceLevels } = await import('../../app/sla.ts')
  const clock = clockOf(world)
  const line = createProgressLine(world.streams.stderr, clock)
  const release = holdProcess()
  try {
    // Days that were typed by one zone are not shown by another.
    const shown = period.kind === 'span' ? zone : timeZone
    const question = { config, period, timeZone: shown, onProgress: line.note }
    const report = await reportServiceLevels(question, clock)
    return printReport(report, chooseFormat(flags), language)
  } catch (thrown) {
    if (!(thrown instanceof RecordStoreError || thrown instanceof PeriodNotBegun)) throw thrown
    complain(world, [thrown.message])
    return undefined
  } finally {
    line.clear()
    release()
  }
}

function chooseFormat({ format, out }: ReportFlags): ReportFormat {
  const ending = out === undefined ? '' : extname(out).slice(1).toLowerCase()
  return format ?? FORMATS.find((each) => each === ending) ?? 'md'
}

async function canWrite(file: string, world: World): Promise<boolean> {
  try {
    await access(dirname(file), constants.W_OK)
    return true
  } catch (thrown) {
    complain(world, [toComplaint(thrown)])
    return false
  }
}

function toComplaint(thrown: unknown): string {
  return `the report cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`
}

async function save(file: string, text: string, world: World): Promise<number> {
  try {
    await writeFile(file, text)
  } catch (thrown) {
    complain(world, [toComplaint(thrown)])
    return EXIT.usage
  }
  world.streams.stderr.write(`weir: the report is in ${file}\n`)
  return EXIT.ok
}
