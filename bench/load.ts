// The load generator, a process of its own: takes an order over the IPC channel, runs it, answers with figures. One at a time.
import { runClosed } from './load/closed.ts'
import type { Measured, Order, Report } from './load/jobs.ts'
import { runPaced } from './load/paced.ts'
import { runBurst, runHold, runSteady } from './load/streams.ts'

function run({ aim, job }: Order): Promise<Measured> {
  switch (job.kind) {
    case 'closed':
      return runClosed(aim, job)
    case 'paced':
      return runPaced(aim, job)
    case 'steady':
      return runSteady(aim, job)
    case 'burst':
      return runBurst(aim, job)
    case 'hold':
      return runHold(aim, job)
  }
}

/** A proxy that got no time to speak of has cost nothing that could be counted; that is no figure, least of all a good one. */
function requireSense({ figures }: Measured): void {
  for (const [name, value] of Object.entries(figures)) {
    if (!Number.isFinite(value)) throw new Error(`${name} is ${value}: the machine is too busy to measure`)
  }
  if (figures['coreShare'] === 0)
    throw new Error('no CPU time was counted: the machine is too busy to measure')
}

async function report(order: Order): Promise<Report> {
  try {
    const measured = await run(order)
    requireSense(measured)
    return { kind: 'measured', measured }
  } catch (error) {
    return { kind: 'problem', message: error instanceof Error ? error.message : String(error) }
  }
}

process.on('message', (order: Order) => {
  void report(order).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
// The benchmark waits for this line, as it does for every process it starts.
process.stdout.write('load started on ipc:0\n')
