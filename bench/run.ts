// Runs experiments: in each round every target once, the next round starting one target further, so that drift of the machine meets all.
import { ask } from './ask.ts'
import { DIRECT } from './experiment.ts'
import { BRIEF_WARM_UP, CALIBRATION, WARM_UP } from './experiments.ts'
import type { Experiment, ProxyExperiment } from './experiment.ts'
import type { Aim, Figures, Job, Measured, Order, Report } from './load/jobs.ts'
import type { Running } from './nursery.ts'
import { median } from './statistics.ts'
import type { StubSettings } from './stub.ts'
import { FLOOR } from './target.ts'
import type { Surroundings, Target } from './target.ts'

export interface TargetRounds {
  readonly target: string
  /** Round i of every target ran next to round i of the others. */
  readonly rounds: readonly Figures[]
}

export interface ExperimentResult {
  readonly experiment: Experiment
  readonly targets: readonly TargetRounds[]
}

export interface RunResult {
  readonly results: readonly ExperimentResult[]
  /** What went wrong, one line each; a run with any proves nothing. */
  readonly problems: readonly string[]
}

export interface Partners {
  readonly stub: Running
  readonly load: Running
}

export type Progress = (line: string) => void

/** After streams were dropped a proxy has cancelling to do, which is not the next target's business. */
const SETTLE_MS = 100
const MICROS_PER_SECOND = 1_000_000

export class Runner {
  readonly problems: string[] = []
  readonly #surroundings: Surroundings
  readonly #partners: Partners
  readonly #targets: ReadonlyMap<string, Target>
  readonly #progress: Progress
  readonly #running = new Map<string, Running>()
  readonly #broken = new Set<string>()
  #floorPerSecond: number | undefined

  constructor(options: {
    surroundings: Surroundings
    partners: Partners
    targets: readonly Target[]
    progress: Progress
  }) {
    this.#surroundings = options.surroundings
    this.#partners = options.partners
    this.#targets = new Map(options.targets.map((target) => [target.name, target]))
    this.#progress = options.progress
  }

  async run(experiment: ProxyExperiment): Promise<ExperimentResult> {
    const names = experiment.targets.filter((name) => name === DIRECT || this.#targets.has(name))
    const figures = new Map<string, Figures[]>(names.map((name) => [name, []]))
    const job = experiment.toJob(experiment.name === 'latency' ? await this.#findFloorPerSecond() : 0)
    await this.#configureStub(experiment.stub)
    // Fresh processes are warmed one by one; of the others each way through the code is warmed by a round that is thrown away.
    for (let round = experiment.fresh ? 1 : 0; round <= experiment.rounds; round += 1) {
      const label = round === 0 ? 'warm-up' : `round ${round}/${experiment.rounds}`
      const measured = await this.#runRound(experiment, rotate(names, round), job)
      if (round > 0) for (const [name, figuresOfRound] of measured) figures.get(name)?.push(figuresOfRound)
      this.#progress(toProgressLine(experiment, label, measured))
    }
    const targets = names
      .filter((name) => !this.#broken.has(name))
      .map((target) => ({ target, rounds: figures.get(target) ?? [] }))
    if (experiment.name === 'requests') this.#learnFloor(targets)
    return { experiment, targets }
  }

  /** CPU microseconds of one request through a target that runs already; undefined where it does not, or broke. */
  async measureRequest(name: string, experiment: ProxyExperiment): Promise<number | undefined> {
    if (!this.#running.has(name)) return undefined
    const measured = await this.#measureSafely(name, experiment.toJob(0), false)
    return measured?.figures['cpuPerRequestMicros']
  }

  async #runRound(
    experiment: ProxyExperiment,
    names: readonly string[],
    job: Job,
  ): Promise<Map<string, Figures>> {
    const round = new Map<string, Figures>()
    for (const name of names) {
      const measured = await this.#measureSafely(name, job, experiment.fresh)
      if (measured === undefined) continue
      const { figures, problem } = measured
      round.set(name, figures)
      if (figures.failures > 0) {
        this.report(`${experiment.name}: ${name} failed ${figures.failures} times: ${problem ?? 'too late'}`)
      }
    }
    return round
  }

  /** A target that breaks is reported and left out from then on; the others are still worth measuring. */
  async #measureSafely(name: string, job: Job, fresh: boolean): Promise<Measured | undefined> {
    if (this.#broken.has(name)) return undefined
    try {
      return await (fresh ? this.#measureFresh(name, job) : this.#measureKept(name, job))
    } catch (error) {
      this.#broken.add(name)
      this.report(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  async #measureKept(name: string, job: Job): Promise<Measured> {
    const running = name === DIRECT ? this.#partners.stub : await this.#ensureRunning(name)
    const measured = await this.#order(running, job)
    running.dropOutput()
    await settle()
    return measured
  }

  async #measureFresh(name: string, job: Job): Promise<Measured> {
    const running = await this.#start(name)
    try {
      await this.#order(running, BRIEF_WARM_UP)
      await settle()
      return await this.#order(running, job)
    } finally {
      await running.stop()
    }
  }

  async #ensureRunning(name: string): Promise<Running> {
    const found = this.#running.get(name)
    if (found !== undefined) return found
    const running = await this.#start(name)
    this.#running.set(name, running)
    await this.#order(running, WARM_UP)
    return running
  }

  #start(name: string): Promise<Running> {
    const target = this.#targets.get(name)
    if (target === undefined) throw new Error(`no target ${name}`)
    return target.start(this.#surroundings)
  }

  async #findFloorPerSecond(): Promise<number> {
    if (this.#floorPerSecond !== undefined) return this.#floorPerSecond
    const { figures } = await this.#order(await this.#ensureRunning(FLOOR), CALIBRATION)
    return (this.#floorPerSecond = toWholeCore([figures]))
  }

  #learnFloor(targets: readonly TargetRounds[]): void {
    const rounds = targets.find(({ target }) => target === FLOOR)?.rounds ?? []
    if (rounds.length > 0) this.#floorPerSecond = toWholeCore(rounds)
  }

  async #order(running: Running, job: Job): Promise<Measured> {
    const aim: Aim = { port: running.port, key: this.#surroundings.key, pids: running.pids }
    const report = (await ask(this.#partners.load, { aim, job } satisfies Order)) as Report
    if (report.kind === 'problem') throw new Error(report.message)
    return report.measured
  }

  async #configureStub(settings: StubSettings): Promise<void> {
    await ask(this.#partners.stub, settings)
  }

  /** Notes what went wrong, and says so at once. */
  report(problem: string): void {
    this.problems.push(problem)
    const [firstLine] = problem.split('\n')
    this.#progress(`! ${firstLine ?? ''}`)
  }
}

/** Requests a second if the proxy had its core to itself: what was counted is less where the load generator is the slower one. */
function toWholeCore(rounds: readonly Figures[]): number {
  return MICROS_PER_SECOND / median(rounds.map((figures) => figures['cpuPerRequestMicros'] ?? Number.NaN))
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
}

export function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

export function toProgressLine(
  experiment: Experiment,
  label: string,
  round: ReadonlyMap<string, Figures>,
): string {
  const [column] = experiment.columns
  const words = [...round].map(([name, figures]) => {
    if (column === undefined) return name
    return `${name} ${((figures[column.figure] ?? Number.NaN) * column.scale).toFixed(column.digits)}`
  })
  return `${experiment.name.padEnd(12)} ${label.padEnd(11)} ${words.join('  ')}  ${column?.label ?? ''}`
}
