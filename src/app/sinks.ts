// THE LIST OF RECORD READERS. The data plane gives its records away here and knows none of them.
import type { RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'

export interface RecordReaders {
  readonly metrics: RecordSink
  /** Absent when request lines are switched off. */
  readonly requestLog: RecordSink | undefined
  /** Absent when no records are kept. */
  readonly records: RecordSink | undefined
  /** Absent where traces are pushed nowhere. */
  readonly traces: RecordSink | undefined
  /** Whoever started the gateway inside another program. */
  readonly observer: ((record: RequestRecord) => void) | undefined
}

export interface Sinks {
  accept(record: RequestRecord): void
  flush(): Promise<void>
}

/** One failing reader must not keep the record from the others, nor reach the request it is about. */
export function createSinks(
  readers: RecordReaders,
  onFailure: (sink: string, cause: unknown) => void,
): Sinks {
  const { metrics, requestLog, records, traces, observer } = readers
  const sinks: readonly RecordSink[] = [
    metrics,
    ...(requestLog === undefined ? [] : [requestLog]),
    ...(records === undefined ? [] : [records]),
    ...(traces === undefined ? [] : [traces]),
    ...(observer === undefined ? [] : [{ name: 'observer', accept: observer }]),
  ]
  return {
    accept(record) {
      for (const sink of sinks) {
        try {
          sink.accept(record)
        } catch (thrown) {
          onFailure(sink.name, thrown)
        }
      }
    },
    async flush() {
      for (const sink of sinks) {
        try {
          await sink.flush?.()
        } catch (thrown) {
          onFailure(sink.name, thrown)
        }
      }
    },
  }
}
