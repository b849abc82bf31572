// `weir load run`: sends a load, measures what comes back, and keeps it for a comparison.
import { resolve } from 'node:path'
import { Option } from 'commander'
import { holdProcess } from '../../core/clock.ts'
import type { LoadDocument } from '../../load/baseline/document.ts'
import type { Condition } from '../../load/compare/expression.ts'
import type { LoadPlan } from '../../load/plan.ts'
import { choosePaint } from '../../records/read/paint.ts'
import { addStoreFlags, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { printClimb, printStep, toPlainClimb } from './load-climb-print.ts'
import { readOrder, type LoadOrder, type RunFlags } from './load-order.ts'
import { createLoadProgress, printPlan } from './load-progress.ts'
import { printReport } from './load-report-print.ts'
import { clockOf, complain } from './sla-load.ts'

const MIX = 'one number, or sizes with shares such as 100:70%,2000:25%,8000:5%'

export const defineLoadRun: DefineCommand = (load, { world, exit }) => {
  addStoreFlags(
    load.command('run').argument('[URL]', 'whom to load; the gateway of the configuration without it'),
  )
    .description(
      'send a load and report what came back; exit 1 if nothing was answered, the run was stopped or --fail-if holds',
    )
    .option('--model <MODEL>', 'which model is asked; without this the only one there that writes')
    .option('--rate <RATE>', 'requests leave by the clock, so many such as 5/s or 90/min; 1/s without this')
    .option('--concurrency <N>', 'so many callers instead, who ask again when they have their answer')
    .option('--arrivals <KIND>', 'of --rate: poisson, as callers come by chance, or uniform')
    .option('--duration <DURATION>', 'how long is measured; 60s without this, of a step 30s')
    .option('--requests <N>', 'how many are measured; with --duration, what comes first')
    .option('--warm-up <DURATION>', 'what leaves before is not counted; 10s without this, of a step 5s')
    .option('--prompt-tokens <MIX>', `how long prompts are: ${MIX}; 200 without this`)
    .option('--max-tokens <MIX>', `how long answers may be: ${MIX}; as the model likes without this`)
    .option('--stream <SHARE>', 'the share of requests that ask for a stream; 100% without this')
    .addOption(
      new Option('--api <API>', 'which API is spoken')
        .choices(['openai', 'ollama', 'anthropic'])
        .default('openai'),
    )
    .option('--key <KEY>', 'the key to call with; others on this machine can see it: better --key-env')
    .option('--key-env <NAME>', 'the environment variable that holds the key')
    .option(
      '--within <THRESHOLDS>',
      'what a good answer keeps: firstToken=2s,duration=10s@99%; 95% without a share',
    )
    .option('--steps <RATES>', 'raise the rate until an objective breaks: 1..20x1.5, 1..20+2 or 1,2,5,10')
    .option('--find-limit', 'the same from 1/s by doubling, and closer around the limit')
    .option('--seed <N>', 'another seed, other prompts and moments; 1 without this')
    .option('--max-in-flight <N>', 'more are never under way at once; 1000 without this')
    .option('--timeout <DURATION>', 'an answer that takes longer has failed; 2m without this')
    .option('--save <FILE>', 'keep the run for weir load compare')
    .option(
      '--fail-if <CONDITION>',
      'exit 1 if it holds, such as errors>1% or firstToken.p99>2s; may be repeated',
      collect,
    )
    .option('--allow-host <HOST>', 'load this host although it is in no private network')
    .option('--json', 'print one JSON value instead')
    .action(async (url: string | undefined, flags: RunFlags) => exit(await run(url, flags, world)))
}

export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

async function run(url: string | undefined, flags: RunFlags, world: World): Promise<number> {
  const read = await readOrder(url, flags, world)
  if ('complaints' in read) {
    complain(world, read.complaints)
    return EXIT.usage
  }
  const { order } = read
  const obstacle = await findObstacle(order, flags, world)
  if (obstacle !== undefined) {
    complain(world, [obstacle.text])
    return obstacle.code
  }
  for (const note of order.notes) world.streams.stderr.write(`weir: ${note}\n`)
  const release = holdProcess()
  const stop = new AbortController()
  const stops = (['SIGINT', 'SIGTERM'] as const).map((name) => world.signals.on(name, () => stop.abort()))
  try {
    const { settings } = order
    return settings.climb === undefined
      ? await runOnce(order, { flags, world, signal: stop.signal })
      : await runSteps(order, { flags, world, signal: stop.signal })
  } finally {
    for (const off of stops) off()
    release()
  }
}

/** What would make the whole run worthless is said before it, not behind it. */
async function findObstacle({ target }: LoadOrder, { save: file }: RunFlags, world: World) {
  if (file !== undefined) {
    const { whyNotSaved } = await import('../../load/baseline/file.ts')
    const why = await whyNotSaved(resolve(world.cwd, file))
    if (why !== undefined) return { code: EXIT.usage, text: `--save: the run could not be saved: ${why}` }
  }
  const { whyUnreachable } = await import('../../load/client/connection.ts')
  const why = await whyUnreachable(target, clockOf(world))
  return why === undefined
    ? undefined
    : { code: EXIT.no, text: `nobody answers at ${target.shown}, nothing was sent: ${why}` }
}

interface Running {
  readonly flags: RunFlags
  readonly world: World
  readonly signal: AbortSignal
}

/** Loaded here, so that no other command waits for it. */
async function openSender({ target, key }: LoadOrder, plan: LoadPlan, world: World) {
  const [{ createSender }, { APIS }] = await Promise.all([
    import('../../load/client/sender.ts'),
    import('../../load/apis/registry.ts'),
  ])
  const clock = clockOf(world)
  const { model, maxInFlight } = plan
  return createSender({ target, api: APIS[plan.api], model, key, connections: maxInFlight, clock })
}

async function runOnce(order: LoadOrder, { flags, world, signal }: Running): Promise<number> {
  const { runLoad } = await import('../../load/run.ts')
  const { toReport } = await import('../../load/report.ts')
  const { toDocument } = await import('../../load/baseline/document.ts')
  const { readMachine } = await import('../../load/machine.ts')
  const { plan } = order.settings
  const clock = clockOf(world)
  const sender = await openSender(order, plan, world)
  const wallMs = world.clock.wall()
  world.streams.stderr.write(`weir: ${printPlan(plan)} to ${order.target.shown}\n`)
  const progress = createLoadProgress(world.streams.stderr, { clock, plan })
  const measured = await runLoad(plan, { sender, clock, signal, onProgress: progress.note })
  progress.clear()
  await sender.close()
  const report = toReport(plan, measured)
  const parts = { plan, measured, report, machine: readMachine(), weir: world.readBuild(), wallMs }
  const document = toDocument({ ...parts, url: order.target.shown })
  const isSaved = flags.save === undefined || (await save(flags.save, document, world))
  const failed = await findBroken(order.conditions, document)
  const { stdout } = world.streams
  if (flags.json === true)
    stdout.write(toJson({ ...toPlain(document), failed: failed.map(({ text }) => text) }))
  else stdout.write(printReport(report, plan, choosePaint(stdout.isTTY === true, world.env)))
  for (const { text, value } of failed)
    world.streams.stderr.write(`weir: failed: ${text} holds, it was ${value}\n`)
  if (!isSaved) return EXIT.usage
  return report.isPartial || report.answered === 0 || failed.length > 0 ? EXIT.no : EXIT.ok
}

async function runSteps(order: LoadOrder, { flags, world, signal }: Running): Promise<number> {
  const { climb } = await import('../../load/steps/climb.ts')
  const { runStep, toStepPlan } = await import('../../load/steps/run-step.ts')
  const { plan, climb: settings } = order.settings
  const clock = clockOf(world)
  const { stdout, stderr } = world.streams
  const sender = await openSender(order, plan, world)
  const paint = choosePaint(stderr.isTTY === true, world.env)
  const result = await climb({
    rates: settings?.rates ?? [],
    refinements: settings?.refinements ?? 0,
    async runStep(perSecond) {
      const stepPlan = toStepPlan(plan, perSecond)
      const progress = createLoadProgress(stderr, { clock, plan: stepPlan, isQuiet: true })
      const ended = await runStep(stepPlan, { sender, clock, signal, onProgress: progress.note })
      progress.clear()
      return ended
    },
    onStep: (step) => void stderr.write(printStep(step, paint)),
  })
  await sender.close()
  if (flags.json === true) stdout.write(toJson(toPlainClimb(result, plan)))
  else stdout.write(printClimb(result, plan))
  if (result.end === 'stopped' || result.limitPerSecond === undefined) return EXIT.no
  return EXIT.ok
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/** What is kept for comparing is no reading for people or their tools. */
function toPlain({ distributions: _, ...document }: LoadDocument) {
  return document
}

async function save(file: string, document: LoadDocument, world: World): Promise<boolean> {
  const { saveDocument } = await import('../../load/baseline/file.ts')
  const path = resolve(world.cwd, file)
  try {
    await saveDocument(path, document)
  } catch (thrown) {
    complain(world, [`the run cannot be saved: ${thrown instanceof Error ? thrown.message : String(thrown)}`])
    return false
  }
  world.streams.stderr.write(`weir: the run is in ${path}\n`)
  return true
}

async function findBroken(conditions: readonly Condition[], document: LoadDocument) {
  if (conditions.length === 0) return []
  const { compareFigure } = await import('../../load/compare/figures.ts')
  const { judgeCondition } = await import('../../load/compare/compare.ts')
  const { printFigure } = await import('./load-compare-print.ts')
  return conditions.flatMap((condition) => {
    const compared = compareFigure(condition.figure, { base: [document], fresh: [document] })
    const isBroken = judgeCondition(condition, compared) !== 'kept'
    return isBroken ? [{ text: condition.text, value: printFigure(condition.figure, compared.fresh) }] : []
  })
}
