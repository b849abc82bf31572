// Waiting, for the load process only.
import { setTimeout as wait } from 'node:timers/promises'

export const MICROS_PER_MS = 1_000

export function sleep(ms: number): Promise<void> {
  return wait(ms)
}

/** True as soon as `check` holds, false if it does not within the time. */
export async function waitUntil(check: () => boolean, withinMs: number): Promise<boolean> {
  const CHECK_EVERY_MS = 5
  const untilMs = performance.now() + withinMs
  while (!check()) {
    if (performance.now() >= untilMs) return false
    await wait(CHECK_EVERY_MS)
  }
  return true
}
