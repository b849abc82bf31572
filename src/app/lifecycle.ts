// What was opened, so that it can be closed: in reverse order, each bounded in time, once.
import { sleep, type Clock } from '../core/clock.ts'

export interface Lifecycle {
  /** Registers how to close something; to be called on the line after it was opened. */
  onClose(name: string, close: () => void | Promise<void>): void
  /** Closes everything backwards and returns the names of what did not close in time or failed to. */
  close(): Promise<readonly string[]>
}

/** Longer than any single close should take, short enough for an orchestrator's patience after a drain. */
const CLOSE_TIMEOUT_MS = 5_000

export function createLifecycle(clock: Clock): Lifecycle {
  const closers: { name: string; close: () => void | Promise<void> }[] = []
  let closing: Promise<readonly string[]> | undefined

  const closeAll = async (): Promise<readonly string[]> => {
    const unfinished: string[] = []
    for (const { name, close } of closers.toReversed()) {
      const result = await Promise.race([attempt(close), sleep(clock, CLOSE_TIMEOUT_MS).then(() => false)])
      if (!result) unfinished.push(name)
    }
    return unfinished
  }

  return {
    onClose: (name, close) => void closers.push({ name, close }),
    close: () => (closing ??= closeAll()),
  }
}

async function attempt(close: () => void | Promise<void>): Promise<boolean> {
  try {
    await close()
    return true
  } catch {
    return false
  }
}
