// What can be told to stop.
import type { WeirError } from '../../core/errors.ts'

/** Work that must stop when the caller leaves or the gateway ends. */
export interface Cancellable {
  cancel(reason: WeirError): void
}
