// Runs the experiment that needs no requests: orders rounds from the process that seals and reads records. No stub, load or proxy.
import { fileURLToPath } from 'node:url'
import { ask } from './ask.ts'
import type { ReadersExperiment } from './experiment.ts'
import type { Figures } from './load/jobs.ts'
import type { Nursery, Running } from './nursery.ts'
import type { ReadersFigures, ReadersOrder, ReadersReport, SampleName } from './readers/jobs.ts'
import { toProgressLine } from './run.ts'
import type { ExperimentResult, Progress } from './run.ts'

export interface ReadersRunOptions {
  readonly nursery: Nursery
  readonly progress: Progress
  /** Called with what went wrong; whatever was measured before counts all the same. */
  readonly report: (problem: string) => void
  /** CPU microseconds that Weir takes for a request just now; undefined where it does not take part. */
  readonly measureRequest: () => Promise<number | undefined>
}

export async function runReaders(
  experiment: ReadersExperiment,
  { nursery, progress, report, measureRequest }: ReadersRunOptions,
): Promise<ExperimentResult> {
  const figures = new Map<SampleName, Figures[]>(experiment.targets.map((name) => [name, []]))
  let running: Running | undefined
  try {
    running = await start(nursery)
    for (let round = 1 - experiment.warmUpRounds; round <= experiment.rounds; round += 1) {
      const measured = await order(running, experiment.batches)
      running.dropOutput()
      // Next to the round: what disturbs the machine then disturbs both.
      const requestMicros = round > 0 ? await measureRequest() : undefined
      for (const name of experiment.targets) {
        if (round > 0) figures.get(name)?.push(withRequest(measured[name], requestMicros))
        const { failures } = measured[name]
        if (failures > 0) report(`${experiment.name}: ${failures} records of "${name}" were lost`)
      }
      const label = round > 0 ? `round ${round}/${experiment.rounds}` : 'warm-up'
      progress(toProgressLine(experiment, label, new Map(Object.entries(measured))))
    }
  } catch (error) {
    report(`${experiment.name}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await running?.stop()
  }
  return { experiment, targets: [...figures].map(([target, rounds]) => ({ target, rounds })) }
}

function withRequest(figures: Figures, requestMicros: number | undefined): Figures {
  return requestMicros === undefined ? figures : { ...figures, requestMicros }
}

function start(nursery: Nursery): Promise<Running> {
  return nursery.start({
    name: 'readers',
    // On the proxies' core, so that its figures can stand beside theirs.
    role: 'proxy',
    ipc: true,
    command: process.execPath,
    args: [fileURLToPath(new URL('./readers.ts', import.meta.url))],
    announces: 'readers',
  })
}

async function order(running: Running, batches: number): Promise<ReadersFigures> {
  const report = (await ask(running, { batches } satisfies ReadersOrder)) as ReadersReport
  if (report.kind === 'problem') throw new Error(report.message)
  return report.figures
}
