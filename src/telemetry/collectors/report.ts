// How a collector tells the log that it brings nothing any more, or something again. A type and no more: app gives the log.

export interface CollectorNews {
  /** The tool or page it is about. */
  readonly file?: string | undefined
  readonly backend?: string | undefined
  readonly reason?: string | undefined
  readonly hint?: string | undefined
}

export type Report = (level: 'debug' | 'info' | 'warn', message: string, news: CollectorNews) => void
