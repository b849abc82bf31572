// The data plane as one object: takes requests from the HTTP server, runs them, and gives their records away.
// It counts what it opens and what it seals; the two are equal whenever nothing is in flight.
import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '../core/clock.ts'
import { errorEntry, toWeirError, WeirError } from '../core/errors.ts'
import type { Ids } from '../core/ids.ts'
import type { BackendLive, InflightRequest, LimitsLive, LiveState } from '../core/live.ts'
import type { RequestRecord } from '../core/record.ts'
import { KeepAlive } from './admission/keep-alive.ts'
import type { ServerSettings } from './config.ts'
import { toFailure, toReason, type GatewayContext, type Report } from './context.ts'
import { settleLimits } from './charge.ts'
import { createKeeper, type TakeContent } from './content.ts'
import { Exchange } from './exchange.ts'
import { replyError } from './http/reply-error.ts'
import type { CallerRequest } from './http/caller/caller-request.ts'
import type { CallerResponse } from './http/caller/caller-response.ts'
import { checkPresence } from './http/half-close.ts'
import { checkRequestHead, requestIdOf } from './http/request-head.ts'
import { apiForPath, findRoute } from './http/routes.ts'
import { readMemoryRatio } from './overload/memory.ts'
import type { Strain } from './overload/overload.ts'
import { Room } from './overload/room.ts'
import { toShedError } from './overload/shed.ts'
import { LOCAL_STAGES, PROXY_STAGES, runPipeline } from './pipeline.ts'
import { endDetached, WATCH_EVERY_MS } from './routing/watch.ts'
import type { Runtime } from './runtime.ts'
import { Roster } from './roster.ts'
import { seal } from './seal.ts'
import { watchFlush } from './streaming/flush-watch.ts'
import { Deadlines } from './upstream/deadline.ts'
import { RetryBudget } from './upstream/retry-budget.ts'

export interface GatewayOptions {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly ids: Ids
  readonly report: Report
  readonly listener: 'tcp' | 'unix'
  /** Gets every record, once. */
  readonly onRecord: (record: RequestRecord) => void
  readonly onContent?: TakeContent
  readonly onStage?: GatewayContext['onStage']
  /** Replaced in tests. */
  readonly memoryRatio?: () => number
}

export class Gateway implements LiveState {
  runtime: Runtime
  /** Set by the listener, which alone sees connections. */
  connections = 0
  opened = 0
  sealed = 0
  readonly #options: GatewayOptions
  readonly #context: GatewayContext
  readonly #room: Room
  readonly #inflight = new Roster<Exchange>()
  readonly #keepAlive: KeepAlive
  readonly #stopWatch: CancelTimer
  #draining = false
  #onIdle: (() => void) | undefined

  constructor(options: GatewayOptions) {
    const { clock, ids, report, listener, onStage, memoryRatio = readMemoryRatio } = options
    this.#options = options
    this.runtime = options.runtime
    this.#keepAlive = new KeepAlive(clock, this.#inflight)
    const limits = (): ServerSettings => this.runtime.settings.server
    this.#room = new Room({ clock, report, limits, memoryRatio, inflight: this.#inflight })
    this.#context = {
      overload: this.#room,
      ...{ clock, report, listener, onStage, contents: createKeeper(options) },
      deadlines: new Deadlines(clock),
      retries: new RetryBudget(() => this.#inflight.size),
      random: () => ids.random(),
    }
    const everyMs = Math.min(WATCH_EVERY_MS, this.runtime.settings.discovery.every)
    this.#stopWatch = clock.every(everyMs, () => this.runtime.fleet.tick(this.#context.deadlines))
  }

  /** Takes one request from the server; `isExcess`: on a connection too many. Never throws, never rejects. */
  handle(request: CallerRequest, response: CallerResponse, isExcess = false): void {
    void this.#run(this.#open(request, response), isExcess)
  }

  /** A request broke off while it was coming in: it gets this error for an answer. Returns false when none was. */
  failReceiving(socket: Socket, error: WeirError): boolean {
    for (const exchange of this.#inflight) {
      if (exchange.request.socket !== socket || exchange.request.complete) continue
      exchange.cancel(error)
      return true
    }
    return false
  }

  /** The caller has closed its sending side: whoever left that way is found out, whoever waits is served. */
  noteHalfClosed(socket: Socket): void {
    checkPresence(socket, { clock: this.#options.clock, current: () => this.#answering(socket) })
  }

  #answering(socket: Socket): Exchange | undefined {
    for (const exchange of this.#inflight) if (exchange.response.socket === socket) return exchange
    return undefined
  }

  get strain(): Strain | undefined {
    return this.#room.strain
  }

  get draining(): boolean {
    return this.#draining
  }

  /** From now on new requests are refused; resolves when nothing is in flight. */
  drain(): Promise<void> {
    this.#draining = true
    if (this.#inflight.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onIdle = resolve
    })
  }

  /** Ends everything that is still in flight, each with the error `draining` in its caller's dialect. */
  cancelAll(): number {
    const count = this.#inflight.size
    this.#inflight.forEach((exchange) => exchange.cancel(new WeirError('draining')))
    return count
  }

  close(): void {
    this.#room.close()
    this.#stopWatch()
    endDetached(this.#context.deadlines)
    this.#context.deadlines.close()
    this.#keepAlive.close()
    this.runtime.fleet.closeUnlessIn(undefined)
  }

  get limits(): LimitsLive | undefined {
    return this.runtime.limits?.live
  }

  *inflight(): Iterable<InflightRequest> {
    for (const { id, modelRouted, startedMs } of this.#inflight) yield { id, model: modelRouted, startedMs }
  }

  *backends(): Iterable<BackendLive> {
    for (const backend of this.runtime.fleet.backends) yield backend.live()
  }

  models(): readonly string[] {
    return this.runtime.fleet.modelLabels
  }

  fallbacks(): ReturnType<LiveState['fallbacks']> {
    return this.runtime.fleet.fallbacks
  }

  #open(request: CallerRequest, response: CallerResponse): Exchange {
    const { clock, ids } = this.#options
    const exchange = new Exchange({
      id: requestIdOf(request) ?? ids.requestId(),
      request,
      response,
      runtime: this.runtime,
      api: apiForPath(request.url),
      startedMs: clock.now(),
      startedAtMs: clock.wall(),
    })
    exchange.stalledMs = this.#room.stalledMs(exchange.startedMs)
    this.opened += 1
    this.#inflight.add(exchange)
    // The one event that comes on every way out: sent, broken off, or the caller gone.
    response.onClose(() => {
      if (!response.writableFinished) exchange.noteLeft()
      exchange.noteClosed(clock)
      this.#sealIfOver(exchange)
    })
    return exchange
  }

  async #run(exchange: Exchange, isExcess: boolean): Promise<void> {
    try {
      if (isExcess) throw toShedError(exchange, 'connections')
      if (this.#draining) throw new WeirError('draining', { retryAfterSeconds: 1 })
      checkRequestHead(exchange.request)
      const route = findRoute(exchange.request.method, exchange.request.url)
      exchange.route = route
      exchange.api = route.api
      if (route.kind === 'proxy') this.#room.demand(exchange)
      await runPipeline(exchange, route.kind === 'proxy' ? PROXY_STAGES : LOCAL_STAGES, this.#context)
    } catch (thrown) {
      this.#fail(exchange, toWeirError(thrown))
    }
    exchange.settled = true
    // Of an attempt that never started: the others give theirs back themselves.
    exchange.slot?.giveBack()
    if (!exchange.closed) watchFlush(exchange, this.#context)
    this.#sealIfOver(exchange)
  }

  #fail(exchange: Exchange, error: WeirError): void {
    const { report } = this.#options
    exchange.error = exchange.cancelled ?? error
    const isOurs = error.code === 'internal'
    if (isOurs || errorEntry(error.code).blame === 'backend') {
      report(isOurs ? 'error' : 'warn', isOurs ? 'a stage failed' : 'a backend failed', {
        requestId: exchange.id,
        code: error.code,
        backend: exchange.backend,
        // That backends fail is expected, and where in this program it was noticed says nothing.
        ...(isOurs ? toReason(error.cause) : { reason: toFailure(error.cause) }),
      })
    }
    try {
      replyError(exchange, exchange.error)
    } catch (thrown) {
      // Nobody is left to tell but the log: the caller sees its connection end.
      exchange.error = toWeirError(thrown)
      report('error', 'an error could not be told', { requestId: exchange.id, error: thrown })
      exchange.response.destroy()
    }
  }

  #sealIfOver(exchange: Exchange): void {
    if (!exchange.closed || !exchange.settled) return
    if (!this.#inflight.delete(exchange)) return
    this.sealed += 1
    const nowMs = this.#options.clock.now()
    exchange.stalledMs = this.#room.stalledMs(nowMs) - exchange.stalledMs
    const record = seal(exchange, nowMs)
    exchange.runtime.fleet.learn(record)
    settleLimits(exchange, record)
    this.#options.onRecord(record)
    if (exchange.content !== undefined) this.#context.contents?.close(exchange.content, record)
    if (this.#inflight.size === 0) this.#onIdle?.()
  }
}
