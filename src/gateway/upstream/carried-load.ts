// Who began the load of a model, and who waits for it besides. Asked when a caller leaves in the middle of one.
import type { Deadlines, Expiring } from './deadline.ts'

/** An attempt that waits for a load. */
export interface Carrier extends Expiring {
  readonly backend: { readonly name: string }
  readonly model: string
  readonly startedMs: number
  /** Its caller has left. */
  readonly isDetached: boolean
}

/**
 * Whether others wait for the load that this attempt, the first of them, has set off: Ollama gives a load up when the request
 * that began it leaves.
 */
export function carriesLoad(attempt: Carrier, deadlines: Deadlines): boolean {
  let isFirst = true
  let isAwaited = false
  deadlines.forEach((entry) => {
    if (entry === attempt || entry.awaits?.(attempt.backend.name, attempt.model) !== true) return
    if (!isCarrier(entry)) isAwaited = true
    else if (entry.isDetached || entry.startedMs < attempt.startedMs) isFirst = false
    else isAwaited = true
  })
  return isFirst && isAwaited
}

/** Who waits for a slot waits for the load too, but began none. */
function isCarrier(entry: Expiring): entry is Carrier {
  return 'isDetached' in entry
}
