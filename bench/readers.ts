// What becomes of a request once it is over, as a process of its own: takes an order over the IPC channel, answers with figures.
// Log lines go to standard output, as Weir's do; it is a file here.
import { systemClock } from '../src/core/clock.ts'
import { createReaders } from './readers/measure.ts'
import type { ReadersOrder, ReadersReport } from './readers/jobs.ts'

const STDOUT_FD = 1

// The benchmark waits for this line, as it does for every process it starts.
process.stdout.write('readers started on ipc:0\n')
const readers = createReaders({ clock: systemClock, fd: STDOUT_FD, folder: process.cwd() })
const opening = readers.open()

async function report(order: ReadersOrder): Promise<ReadersReport> {
  try {
    await opening
    return { kind: 'measured', figures: await readers.measureAll(order.batches) }
  } catch (error) {
    return { kind: 'problem', message: error instanceof Error ? error.message : String(error) }
  }
}

process.on('message', (order: ReadersOrder) => {
  void report(order).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())
