// `weir sla check`: are the promises kept now? Once, or again and again until it is interrupted.
import { holdProcess, type CancelTimer } from '../../core/clock.ts'
import { parseDuration } from '../../core/units.ts'
import { choosePaint } from '../../records/read/paint.ts'
import type { CheckReport } from '../../app/sla.ts'
import { addStoreFlags, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { printCheck } from './sla-check-print.ts'
import { clockOf, complain, loadLevels, type AnyFlags } from './sla-load.ts'

interface CheckFlags {
  readonly prometheus?: string
  readonly watch?: string | true
  readonly json?: true
}

const DEFAULT_WATCH = '60s'
const LEAST_WATCH_MS = 1_000
/** A violation is certain; what is not known is told where nothing is violated. */
const EXIT_OF: Readonly<Record<CheckReport['status'], number>> = {
  healthy: EXIT.ok,
  violation: EXIT.no,
  unknown: EXIT.usage,
}

export const defineSlaCheck: DefineCommand = (sla, { world, exit }) => {
  addStoreFlags(sla.command('check'))
    .description(
      'are the promises kept now; exit 0 if all are, 1 if one is not, 2 if none is known to be broken but not all are known',
    )
    .option('--prometheus <URL>', 'ask the counters that this Prometheus has scraped instead of the store')
    .option('--watch [DURATION]', `ask again each time that it has passed, ${DEFAULT_WATCH} without one`)
    .option('--json', 'print one JSON value a check instead')
    .action(async (flags: CheckFlags & AnyFlags) => exit(await run(flags, world)))
}

async function run(flags: CheckFlags & AnyFlags, world: World): Promise<number> {
  const everyMs = readWatch(flags.watch)
  const complaints = [
    ...(everyMs === 'wrong' ? [`--watch: expected a duration from 1s such as ${DEFAULT_WATCH}`] : []),
    ...(flags.prometheus === undefined || isHttp(flags.prometheus)
      ? []
      : ['--prometheus: expected a URL such as http://127.0.0.1:9090']),
  ]
  complain(world, complaints)
  if (complaints.length > 0 || everyMs === 'wrong') return EXIT.usage
  const config = loadLevels(flags, world)
  if (config === undefined) return EXIT.usage
  const { checkServiceLevels } = await import('../../app/sla.ts')
  const clock = clockOf(world)
  // While it waits for an answer, what it waits for may be a timer alone.
  const release = holdProcess()
  let before: CheckReport | undefined
  const once = async (): Promise<number> => {
    const report = await checkServiceLevels({ config, prometheus: flags.prometheus }, clock)
    await show(report, before, { world, isJson: flags.json === true })
    before = report
    return EXIT_OF[report.status]
  }
  try {
    return everyMs === undefined ? await once() : await watch(once, everyMs, world)
  } finally {
    release()
  }
}

function readWatch(text: string | true | undefined): number | 'wrong' | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text === true ? DEFAULT_WATCH : text)
  return ms === undefined || ms < LEAST_WATCH_MS ? 'wrong' : ms
}

function isHttp(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

async function show(
  report: CheckReport,
  before: CheckReport | undefined,
  { world, isJson }: { readonly world: World; readonly isJson: boolean },
): Promise<void> {
  const { stdout } = world.streams
  if (isJson) {
    const { toPlain } = await import('../../app/sla.ts')
    stdout.write(`${JSON.stringify(toPlain(report))}\n`)
    return
  }
  const paint = choosePaint(stdout.isTTY === true, world.env)
  stdout.write(printCheck(report, before, paint))
}

/** Ends with what was found last. */
async function watch(once: () => Promise<number>, everyMs: number, world: World): Promise<number> {
  const clock = clockOf(world)
  let end: () => void = () => undefined
  const ended = new Promise<'ended'>((resolve) => {
    end = () => resolve('ended')
  })
  const stops = (['SIGINT', 'SIGTERM'] as const).map((signal) => world.signals.on(signal, end))
  try {
    for (;;) {
      const code = await once()
      let cancel: CancelTimer = () => undefined
      const passed = new Promise<'passed'>((resolve) => {
        cancel = clock.after(everyMs, () => resolve('passed'))
      })
      if ((await Promise.race([passed, ended])) === 'ended') {
        cancel()
        return code
      }
    }
  } finally {
    for (const stop of stops) stop()
  }
}
