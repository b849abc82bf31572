// The port through which sealed records leave the data plane. It must stay this small.
import type { RequestRecord } from './record.ts'

/** A reader of records. `accept` must return at once and must not throw for what is outside its control. */
export interface RecordSink {
  readonly name: string
  accept(record: RequestRecord): void
  /** Writes out what is still held; called before a scrape and at the end. */
  flush?(): void | Promise<void>
}
