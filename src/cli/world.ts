// Everything a command touches outside itself, as ports: a test brings its own, system.ts brings the real ones.
import type { AlertDesk, DeskQuestion } from '../app/alert-desk.ts'
import type {
  Build,
  RouteQuestion,
  RouteReport,
  ServeContext,
  Signals,
  Streams,
  TestedReceiver,
} from '../app/asked.ts'
import type { Config } from '../config/resolve.ts'
import type { Environment } from '../config/environment.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'

export interface World {
  readonly env: Environment
  readonly cwd: string
  readonly streams: Streams
  readonly signals: Signals
  readonly ids: Ids
  readonly clock: Pick<Clock, 'wall'>
  readBuild(): Build
  /** Of the account this runs under, where the system has a name for it. */
  readonly readUserName?: () => string | undefined
  serve(context: ServeContext): Promise<number>
  explainRoute(question: RouteQuestion): Promise<RouteReport>
  /** Rejects with a RecordStoreError. */
  openAlertDesk(question: DeskQuestion): Promise<AlertDesk>
  testReceiver(question: { readonly config: Config; readonly receiver: string }): Promise<TestedReceiver>
}

/** 0: done, or yes. 1: the answer is no. 2: wrong usage or configuration. */
export const EXIT = { ok: 0, no: 1, usage: 2 } as const
