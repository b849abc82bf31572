// A worker thread that wakes its owner at even distances finer than Node's timers (1 ms), asleep in between.
// A busy loop instead would take the core from the stub beside it, and be measured as latency.
import { parentPort, workerData } from 'node:worker_threads'

export interface PacerSettings {
  readonly perSecond: number
  readonly count: number
}

function pace(settings: PacerSettings): void {
  // Waiting on a cell that never changes is a sleep with the kernel's resolution.
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const gapMs = 1_000 / settings.perSecond
  const startMs = performance.now() + gapMs
  for (let index = 0; index < settings.count; index += 1) {
    const waitMs = startMs + index * gapMs - performance.now()
    if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs)
    parentPort?.postMessage(index)
  }
}

pace(workerData as PacerSettings)
