// `weir doctor`: the questions that an operator asks by hand, all at once.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { printProblem } from '../../config/explain.ts'
import { findNearest } from '../../config/nearest.ts'
import type { Refused } from '../../config/load.ts'
import { holdProcess } from '../../core/clock.ts'
import { Secret } from '../../core/secret.ts'
import { parseDuration } from '../../core/units.ts'
import { GROUPS, type Options, type Places } from '../../doctor/check.ts'
import { CHECKS } from '../../doctor/checks.ts'
import { skip } from '../../doctor/finding.ts'
import { toReport, type Report } from '../../doctor/report.ts'
import type { Answer } from '../../doctor/run.ts'
import { choosePaint } from '../../records/read/paint.ts'
import { addConfigFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { printProgress, printReport } from './doctor-print.ts'
import { clockOf, complain } from './sla-load.ts'

interface DoctorFlags {
  readonly json?: true
  readonly generate?: true
  readonly notify?: true
  readonly prometheus?: string
  readonly alertmanager?: string
  readonly grafana?: string
  readonly proxy?: string
  readonly keyFile?: string
  readonly patience?: string
  readonly only?: string
}

type AnyFlags = DoctorFlags & Readonly<Record<string, unknown>>

const PLACES = ['prometheus', 'alertmanager', 'grafana', 'proxy'] as const satisfies readonly (keyof Places)[]
const DEFAULT_PATIENCE = '20s'
const MOST_PATIENCE_MS = 1_800_000
const TOKEN_VARIABLE = 'GRAFANA_TOKEN'

export const defineDoctor: DefineCommand = (program, { world, exit }) => {
  const command: Command = addConfigFlags(program.command('doctor'))
  command
    .description('ask what an operator would ask of a gateway and all around it; exit 1 if something fails')
    .option('--json', 'print one JSON object instead')
    .option('--generate', 'also ask each backend for one token, which may load a model')
    .option('--patience <DURATION>', `how long such a token may take; ${DEFAULT_PATIENCE} without this`)
    .option('--notify', 'also send each receiver of alerts a test message')
    .option('--prometheus <URL>', 'the Prometheus that scrapes the gateway')
    .option('--alertmanager <URL>', 'the Alertmanager that tells people')
    .option('--grafana <URL>', `the Grafana with its dashboards; a token for it in ${TOKEN_VARIABLE}`)
    .option('--proxy <URL>', 'the reverse proxy in front of the gateway')
    .option('--key-file <FILE>', 'a file with a key of the gateway, for what only callers with one can see')
    .option('--only <NAMES>', 'only these questions or groups, separated by commas, and what they need')
    .addHelpText('after', listNames())
    .action(async (flags: AnyFlags) => exit(await run(flags, world)))
}

function listNames(): string {
  const lines = Object.keys(GROUPS).map((group) => {
    const names = CHECKS.filter((check) => check.group === group).map(({ name }) => name)
    return `  ${group}: ${(group === 'setup' ? ['config', ...names] : names).join(', ')}`
  })
  return `\nQuestions, by group:\n${lines.join('\n')}\nNothing is changed: no model is loaded without --generate, nothing is sent without --notify.`
}

async function run(flags: AnyFlags, world: World): Promise<number> {
  const read = readFlags(flags, world)
  if ('complaints' in read) {
    complain(world, read.complaints)
    return EXIT.usage
  }
  const loaded = toLoader(flags, world)()
  if (!loaded.ok && loaded.kind === 'unreadable') {
    complain(world, loaded.problems.map(printProblem))
    return EXIT.usage
  }
  warn(world, loaded.warnings)
  if (!loaded.ok) return show(toReport(refusedAnswers(loaded, textOf(flags['config']))), { flags, world })
  const { askDoctor } = await import('../../app/doctor.ts')
  const { stderr } = world.streams
  // While it waits for an answer, what it waits for may be a timer alone.
  const release = holdProcess()
  try {
    const answers = await askDoctor(
      {
        ...{ config: loaded.config, options: read.options, only: read.only },
        onProgress:
          stderr.isTTY === true
            ? (progress) => void stderr.write(printProgress(progress, stderr.columns))
            : undefined,
      },
      { clock: clockOf(world), ids: world.ids },
    )
    return show(toReport([...configAnswer(read.only, loaded.config.source.file), ...answers]), {
      flags,
      world,
    })
  } finally {
    release()
  }
}

/** Everything else is asked of what the configuration says. */
function refusedAnswers({ problems }: Refused, file: string | undefined): readonly Answer[] {
  const of = { check: 'config', group: 'setup', subject: '' } as const
  const remedy = {
    means: 'A gateway does not start with it; one that runs keeps the one before',
    fix: file === undefined ? 'weir check' : `weir check -c ${file}`,
  }
  return [
    // What it means is the same for all of them: it is said once, behind the last.
    ...problems.map((problem, at) => ({
      ...of,
      status: 'fail' as const,
      seen: printProblem(problem),
      ...(at === problems.length - 1 ? remedy : {}),
    })),
    { ...of, check: 'everything else', ...skip('the configuration is not valid') },
  ]
}

function configAnswer(only: readonly string[], file: string | undefined): readonly Answer[] {
  if (only.length > 0 && !only.includes('config') && !only.includes('setup')) return []
  const seen =
    file === undefined ? 'there is no file; flags, variables and defaults are valid' : `${file} is valid`
  return [{ check: 'config', group: 'setup', subject: '', status: 'ok', seen }]
}

function show(
  report: Report,
  { flags, world }: { readonly flags: DoctorFlags; readonly world: World },
): number {
  const { stdout } = world.streams
  const paint = choosePaint(stdout.isTTY === true, world.env)
  stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : printReport(report, paint))
  return report.status === 'fail' ? EXIT.no : EXIT.ok
}

type ReadFlags =
  { readonly complaints: readonly string[] } | { readonly options: Options; readonly only: readonly string[] }

function readFlags(flags: DoctorFlags, world: World): ReadFlags {
  const only = (flags.only ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const key = flags.keyFile === undefined ? undefined : readKey(resolve(world.cwd, flags.keyFile))
  const generateMs = parseDuration(flags.patience ?? DEFAULT_PATIENCE) ?? 0
  const complaints = [...complainOf(flags, only), ...(typeof key === 'string' ? [key] : [])]
  if (complaints.length > 0 || typeof key === 'string') return { complaints }
  const token = world.env[TOKEN_VARIABLE]
  return {
    only,
    options: {
      places: Object.fromEntries(PLACES.map((place) => [place, flags[place]])),
      ...{ generate: flags.generate === true, generateMs, notify: flags.notify === true, key },
      grafanaToken: token === undefined || token === '' ? undefined : new Secret(token),
    },
  }
}

function complainOf(flags: DoctorFlags, only: readonly string[]): readonly string[] {
  const patienceMs = parseDuration(flags.patience ?? DEFAULT_PATIENCE) ?? 0
  const isPatient = patienceMs > 0 && patienceMs <= MOST_PATIENCE_MS
  return [
    ...PLACES.filter((place) => !isHttp(flags[place] ?? 'http://unset')).map(
      (place) => `--${place}: expected a URL such as http://127.0.0.1:9090`,
    ),
    ...only.flatMap(complainOfName),
    ...(isPatient ? [] : [`--patience: expected a duration up to 30m such as ${DEFAULT_PATIENCE}`]),
  ]
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function isHttp(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

function complainOfName(name: string): readonly string[] {
  const known = ['config', ...Object.keys(GROUPS), ...CHECKS.map((check) => check.name)]
  const [plain = ''] = name.split(':')
  if (known.includes(plain)) return []
  const [near] = findNearest(plain, known)
  return [
    `--only: there is no question ${name}${near === undefined ? '; weir doctor --help lists them' : `; did you mean ${near}?`}`,
  ]
}

/** What stands behind the key in its file is usually a line break. A sentence when it cannot be read. */
function readKey(file: string): Secret | string {
  try {
    const key = readFileSync(file, 'utf8').trim()
    return /^[\x21-\x7e]+$/.test(key) ? new Secret(key) : `--key-file: ${file} does not hold a key alone`
  } catch (thrown) {
    return `--key-file: ${file} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`
  }
}
