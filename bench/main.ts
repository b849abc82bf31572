// `npm run bench`: starts stub, load and targets, runs the experiments, prints, and answers by exit code.
// 0: measured, budgets kept. 1: a budget broken, or a run that proves nothing. 2: wrong usage, or no Linux.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArguments, toUsage } from './arguments.ts'
import type { BenchArguments } from './arguments.ts'
import { judge, parseBudgets } from './budgets.ts'
import type { Verdict } from './budgets.ts'
import { toKept, toRatios } from './compare.ts'
import { toDoubts } from './doubts.ts'
import { DIRECT } from './experiment.ts'
import { toExperiments } from './experiments.ts'
import type { Experiment } from './experiment.ts'
import { takeLock } from './lock.ts'
import { findPinning, Nursery } from './nursery.ts'
import { toDocument, toText, toVerdictText } from './report.ts'
import type { Machine } from './report.ts'
import { runReaders } from './run-readers.ts'
import { Runner } from './run.ts'
import type { ExperimentResult, RunResult } from './run.ts'
import { FLOOR, WEIR } from './target.ts'
import type { Target } from './target.ts'
import { TARGETS } from './targets.ts'

const KEY_BYTES = 24
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** What a shell expects of a program ended by a signal. */
const SIGNAL_EXIT_BASE = 128

const print = (text: string): void => void process.stdout.write(text)
const printProgress = (line: string): void => void process.stderr.write(`${line}\n`)

function findScript(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function chooseExperiments(run: BenchArguments): Experiment[] {
  const named = run.targets
  return toExperiments(run).map((experiment) => {
    if (named === undefined || experiment.kind === 'readers') return experiment
    const baseline = experiment.targets.includes(DIRECT) ? [DIRECT] : []
    return { ...experiment, targets: [...baseline, FLOOR, ...named.filter((name) => name !== FLOOR)] }
  })
}

/** Those that take part and are there; who is not there is said in one line. The floor is there in any case: it sets the rate. */
function chooseTargets(experiments: readonly Experiment[]): Target[] {
  const wanted = new Set<string>([FLOOR, ...experiments.flatMap(({ targets }) => targets)])
  return TARGETS.filter((target) => {
    const absence = wanted.has(target.name) ? target.absence() : undefined
    if (absence !== undefined) printProgress(`${target.name} is left out: ${absence}`)
    return wanted.has(target.name) && absence === undefined
  })
}

async function measure(run: BenchArguments, nursery: Nursery): Promise<RunResult> {
  const experiments = chooseExperiments(run)
  const partner = { role: 'partner', ipc: true, command: process.execPath } as const
  const stub = await nursery.start({
    ...partner,
    name: 'stub',
    args: [findScript('stub.ts')],
    announces: 'stub',
  })
  const load = await nursery.start({
    ...partner,
    name: 'load',
    args: [findScript('load.ts')],
    announces: 'load',
  })
  const runner = new Runner({
    surroundings: {
      nursery,
      upstream: `http://127.0.0.1:${stub.port}`,
      key: randomBytes(KEY_BYTES).toString('base64url'),
    },
    partners: { stub, load },
    targets: chooseTargets(experiments),
    progress: printProgress,
  })
  const requests = experiments.filter((it) => it.kind === 'proxies').find(({ name }) => name === 'requests')
  const readersOptions = {
    ...{ nursery, progress: printProgress, report: (problem: string) => runner.report(problem) },
    measureRequest: async () => requests && runner.measureRequest(WEIR, requests),
  }
  const results: ExperimentResult[] = []
  for (const experiment of experiments) {
    const result =
      experiment.kind === 'readers' ? runReaders(experiment, readersOptions) : runner.run(experiment)
    results.push(await result)
  }
  return { results, problems: runner.problems }
}

function describeMachine(nursery: Nursery, loadBefore: number): Machine {
  const processors = os.cpus()
  return {
    node: process.version,
    system: `${os.type()} ${os.release()}`,
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    pinned: nursery.pinning !== undefined,
    loadBefore,
  }
}

/** Only those that this run could have measured: nobody who asked for latency alone is told of a budget on chunks. */
function judgeRun(run: BenchArguments, result: RunResult): Verdict[] {
  const asksForWeir = run.targets?.includes(WEIR) ?? true
  if (!run.budgets || !asksForWeir) return []
  const budgets = parseBudgets(readFileSync(findScript('budgets.json'), 'utf8'))
  const asked = budgets.filter(({ experiments }) => experiments.every((name) => run.only.includes(name)))
  const kept = toKept(result.results)
  return judge(asked, [...result.results.flatMap(toRatios), ...(kept === undefined ? [] : [kept])])
}

async function bench(run: BenchArguments, nursery: Nursery): Promise<number> {
  const [loadBefore = 0] = os.loadavg()
  const result = await measure(run, nursery)
  await nursery.close()
  const machine = describeMachine(nursery, loadBefore)
  const verdicts = judgeRun(run, result)
  print(`\n${toText(result, machine)}\n`)
  for (const verdict of verdicts) print(`${toVerdictText(verdict)}\n`)
  for (const problem of result.problems) print(`problem: ${problem}\n`)
  const doubts = result.results.flatMap(toDoubts)
  for (const doubt of doubts) print(`doubt: ${doubt}\n`)
  if (doubts.length > 0)
    print('the machine was too busy for this run to prove anything: repeat it when it is quiet\n')
  if (run.json !== undefined) {
    // npm runs scripts in the package's root; a path means the folder the person is in.
    const file = path.resolve(process.env['INIT_CWD'] ?? '.', run.json)
    writeFileSync(file, `${JSON.stringify(toDocument(result, machine, verdicts), undefined, 2)}\n`)
    print(`written: ${file}\n`)
  }
  const proven = verdicts.length === 0 || (doubts.length === 0 && verdicts.every(({ kept }) => kept))
  return result.problems.length === 0 && proven ? 0 : 1
}

async function main(argv: readonly string[]): Promise<number> {
  const names = TARGETS.map(({ name }) => name)
  const parsed = parseArguments(argv, names)
  if (parsed.kind === 'help') {
    print(toUsage(names))
    return 0
  }
  if (parsed.kind === 'wrong') {
    process.stderr.write(`${parsed.message}\n${toUsage(names)}`)
    return 2
  }
  if (process.platform !== 'linux') {
    process.stderr.write('the benchmark reads CPU time and memory from /proc and needs Linux\n')
    return 2
  }
  const lock = takeLock()
  if ('holder' in lock) {
    process.stderr.write(
      `another benchmark is running (process ${lock.holder}); two would measure each other\n`,
    )
    return 2
  }
  process.once('exit', lock.release)
  const nursery = new Nursery(findPinning())
  process.once('exit', () => nursery.abandon())
  for (const signal of SIGNALS) {
    process.once(signal, () => process.exit(SIGNAL_EXIT_BASE + os.constants.signals[signal]))
  }
  return bench(parsed.run, nursery)
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  },
)
