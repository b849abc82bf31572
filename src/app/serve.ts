// `weir serve` from its first line to its exit code: start, say where, reload when told, drain when told.
import { isDeepStrictEqual } from 'node:util'
import { printListenAddress } from '../config/fields.ts'
import type { LoadResult } from '../config/load.ts'
import type { Config } from '../config/resolve.ts'
import { createConfigWatcher, type ConfigWatcher } from '../config/watch.ts'
import type { ServeContext } from './asked.ts'
import { holdProcess, systemClock } from '../core/clock.ts'
import { RecordStoreError } from '../records/store.ts'
import { createLogger, type RootLogger } from '../telemetry/log.ts'
import { OtlpMissingError } from '../telemetry/otlp/library.ts'
import { startWeir, type Weir } from './app.ts'
import { findDefaultBackends, NO_DEFAULT_BACKENDS } from './default-backends.ts'
import { ListenError } from './listen.ts'
import { createReloader, type ReloadParts } from './reload.ts'

const EXIT_OK = 0
const EXIT_CUT = 1
const EXIT_USAGE = 2

export async function serve(context: ServeContext): Promise<number> {
  const { config, streams, build } = context
  let weir: Weir | undefined
  const logger = createLogger({
    ...config.telemetry.log,
    clock: systemClock,
    onDropped: (lines, reason) =>
      weir?.metrics.countDropped(reason === 'overflow' ? 'log_overflow' : 'log_failed', lines),
  })
  const defaults = config.gateway.backends.length === 0 ? await findDefaultBackends() : NO_DEFAULT_BACKENDS
  if (defaults.note !== undefined) logger.warn(defaults.note)
  // While it stops, what it waits for may be a timer alone.
  const release = holdProcess()
  // From here on: the first process of a container is not ended by a signal that nobody takes, nor told of it later.
  const stopSignal = firstStopSignal(context, logger)
  const hangups = takeHangups(context)
  try {
    weir = await startWeir({ config, defaultBackends: defaults.backends, logger, build })
    announce(weir, { config, logger })
    return await serveUntilStopped(weir, { context, logger, stopSignal, hangups })
  } catch (thrown) {
    if (!isForPeople(thrown)) throw thrown
    streams.stderr.write(`${thrown.message}\n`)
    return EXIT_USAGE
  } finally {
    hangups.close()
    await defaults.close()
    await logger.close()
    release()
  }
}

/** What somebody can mend who reads the message alone. */
function isForPeople(thrown: unknown): thrown is Error {
  return (
    thrown instanceof ListenError || thrown instanceof RecordStoreError || thrown instanceof OtlpMissingError
  )
}

/** One line for each listener; people and scripts wait for them. */
function announce(weir: Weir, { config, logger }: { config: Config; logger: RootLogger }): void {
  logger.info(`gateway started on ${printListenAddress(weir.gatewayAddress)}`, { listener: 'gateway' })
  logger.info(`metrics server started on ${printListenAddress(weir.metricsAddress)}`, {
    listener: 'metrics',
    path: config.telemetry.metrics.path,
  })
}

interface Serving {
  readonly context: ServeContext
  readonly logger: RootLogger
  readonly stopSignal: Promise<void>
  readonly hangups: Hangups
}

async function serveUntilStopped(weir: Weir, serving: Serving): Promise<number> {
  const { context, logger, stopSignal, hangups } = serving
  const watch = ({ files, digests }: Pick<LoadResult, 'files' | 'digests'>): ConfigWatcher =>
    createConfigWatcher({ files, digests, clock: systemClock, onChange: () => void reload('file change') })
  let watched = context.files
  let watcher = watch(context)
  const onFiles: ReloadParts['onFiles'] = (read) => {
    if (isDeepStrictEqual(read.files, watched)) return
    watcher.close()
    watched = read.files
    watcher = watch(read)
  }
  const reload = createReloader(weir, { load: context.load, logger, onFiles })
  // What the file holds is noted before it is read: a change in between is then another change.
  hangups.passTo(() => void watcher.noteRead().then(() => reload('SIGHUP')))
  try {
    await stopSignal
    const { cut, unfinished } = await weir.stop({ hurry: secondStopSignal(context, logger) })
    if (cut === 0 && unfinished.length === 0) logger.info('stopped, nothing was cut off')
    else logger.warn('stopped', { inFlight: cut, changed: unfinished })
    return cut === 0 ? EXIT_OK : EXIT_CUT
  } finally {
    hangups.passTo(() => undefined)
    watcher.close()
  }
}

interface Hangups {
  /** Also the one that has come already. */
  passTo(take: () => void): void
  close(): void
}

/** Whoever waits for the first line and then sends this signal would end a process in which nobody takes it yet. */
function takeHangups({ signals }: ServeContext): Hangups {
  let isWaiting = false
  let taken = (): void => {
    isWaiting = true
  }
  const close = signals.on('SIGHUP', () => taken())
  return {
    passTo(take) {
      taken = take
      if (isWaiting) take()
      isWaiting = false
    },
    close,
  }
}

function firstStopSignal({ signals }: ServeContext, logger: RootLogger): Promise<void> {
  return new Promise((resolve) => {
    const offs = (['SIGTERM', 'SIGINT'] as const).map((signal) =>
      signals.on(signal, () => {
        for (const off of offs) off()
        logger.info('stopping: new requests are refused, those in flight may finish', { signal })
        resolve()
      }),
    )
  })
}

/** Ctrl-C in a terminal reaches us twice, once directly and once through the process that started us. */
const SAME_SIGNAL_MS = 500

function secondStopSignal({ signals }: ServeContext, logger: RootLogger): Promise<void> {
  const firstMs = systemClock.now()
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      signals.on(signal, () => {
        if (systemClock.now() - firstMs < SAME_SIGNAL_MS) return
        logger.warn('stopping at once', { signal })
        resolve()
      })
    }
  })
}
