// The receivers at work: a lane each, what goes on which, and what becomes of a group when a message has arrived or has not.
import type { Clock } from '../core/clock.ts'
import { createLane, type Lane, type Parcel } from './lane.ts'
import type { GroupMemory, Memory } from './memory.ts'
import type { Delivery, Message, Notifier } from './notifier.ts'
import { TRY_AGAIN_MS, noteArrival, noteAttempt, postpone, type Notice } from './owe.ts'
import type { Policy, ReceiverPolicy, Route } from './policy.ts'
import type { Report } from './report.ts'
import { toStory } from './story.ts'
import { describeGroup, describeMany } from './texts/describe.ts'

/** Who is told what, and how each is reached. */
export interface Setup {
  readonly policy: Policy
  readonly notifiers: ReadonlyMap<string, Notifier>
}

export const DELIVERY_RESULTS = ['delivered', 'retried', 'failed'] as const
export type DeliveryResult = (typeof DELIVERY_RESULTS)[number]

export interface DeskOptions {
  readonly setup: Setup
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  readonly count: (receiver: string, result: DeliveryResult) => void
  readonly memory: () => Memory
  /** By the key of a group, as of the last round. */
  readonly routed: () => ReadonlyMap<string, Route>
  /** Something worth keeping has changed. */
  readonly onSettled: () => void
}

export interface Desk {
  readonly setup: Setup
  offer(keys: readonly string[]): void
  /** A message that belongs to no group. */
  send(receiver: string, message: Message): Promise<Delivery | undefined>
  /** Receivers that are owed something and have refused everything since then. */
  failing(): readonly { readonly receiver: string; readonly sinceMs: number; readonly reason: string }[]
  close(windowMs: number): Promise<void>
}

/** So long is a receiver tried before somebody else is told in its place. */
const GIVE_UP_MS = 5 * 60_000

export function createDesk(options: DeskOptions): Desk {
  const { setup, clock, memory } = options
  const { policy, notifiers } = setup
  const lanes = new Map<string, Lane>()
  const desk = { options, lanes }
  for (const receiver of policy.receivers.values()) {
    const notifier = notifiers.get(receiver.name)
    if (notifier === undefined) continue
    const lane = createLane({
      ...{ notifier, clock, timeoutMs: receiver.timeoutMs, random: options.random },
      pack: (keys) => pack(keys, receiver, options),
      onDelivery: (parcel, delivery) => settle(parcel, delivery, { ...desk, via: receiver }),
      onBroken: (keys, error) => setAside(keys, error, { ...desk, via: receiver }),
    })
    lanes.set(receiver.name, lane)
  }
  return {
    setup,
    offer(keys) {
      for (const key of keys) {
        const group = memory().groups.get(key)
        if (group !== undefined) lanes.get(laneOf(group, lanes))?.offer([key])
      }
    },
    send: async (receiver, message) => lanes.get(receiver)?.send(message),
    failing: () =>
      [...lanes].flatMap(([receiver, lane]) => {
        const sinceMs = lane.failingSinceMs()
        const owing = [...memory().groups.values()].find(
          (group) => group.receiver === receiver && (group.owed?.attempts ?? 0) > 0,
        )
        return sinceMs === undefined || owing === undefined
          ? []
          : [{ receiver, sinceMs, reason: owing.owed?.reason ?? 'no answer' }]
      }),
    async close(windowMs) {
      await Promise.all([...lanes.values()].map((lane) => lane.close(windowMs)))
    },
  }
}

/** The end of something is told to whoever was told of its beginning. */
function laneOf({ receiver, owed, told }: GroupMemory, lanes: ReadonlyMap<string, Lane>): string {
  const via = owed?.kind === 'resolved' ? told?.via : undefined
  return via !== undefined && lanes.has(via) ? via : receiver
}

function pack(keys: readonly string[], receiver: ReceiverPolicy, options: DeskOptions): Parcel | undefined {
  const { setup, clock, routed } = options
  const { policy } = setup
  const memory = options.memory()
  const told = keys.flatMap((key) => {
    const group = memory.groups.get(key)
    return (group === undefined ? undefined : toStory(group, { memory, policy })) ?? []
  })
  const [first] = told
  if (first === undefined) return undefined
  const language = routed().get(first.notice.key)?.language ?? receiver.language
  const { links, timeZone } = policy
  const telling = { language, links, timeZone, nowMs: clock.wall() }
  const stories = told.map(({ story }) => story)
  const message = told.length === 1 ? describeGroup(first.story, telling) : describeMany(stories, telling)
  return { notices: told.map(({ notice }) => notice), message }
}

/** A mistake of ours: tried again, but not in every round. */
function setAside(keys: readonly string[], error: unknown, { options, via }: Settling): void {
  options.report('error', 'a message about an alert could not be made', { receiver: via.name, error })
  for (const key of keys) {
    const group = options.memory().groups.get(key)
    if (group !== undefined) postpone(group, options.clock.wall() + TRY_AGAIN_MS)
  }
}

interface Settling {
  readonly options: DeskOptions
  readonly lanes: ReadonlyMap<string, Lane>
  readonly via: ReceiverPolicy
}

function settle(parcel: Parcel, delivery: Delivery, context: Settling): void {
  const { options, via } = context
  const { report, count, onSettled } = options
  const fields = { receiver: via.name, count: parcel.notices.length }
  if (delivery.result === 'delivered') {
    count(via.name, 'delivered')
    const { kind: state, title: reason } = parcel.message
    if (!isRefresh(parcel, context)) report('info', 'a receiver was told', { ...fields, state, reason })
  } else if (delivery.result === 'retry') {
    count(via.name, 'retried')
    report('warn', 'a receiver could not be told and is tried again', { ...fields, reason: delivery.reason })
  } else {
    count(via.name, 'failed')
    report('error', 'a receiver refused what it was told', { ...fields, reason: delivery.reason })
  }
  for (const notice of parcel.notices) settleOne(notice, delivery, context)
  onSettled()
}

/** What a service is told only lest it forget is no news. */
function isRefresh({ notices }: Parcel, { options, via }: Settling): boolean {
  if (via.refreshMs === undefined) return false
  const { groups } = options.memory()
  return notices.every(({ key, kind }) => kind === 'firing' && groups.get(key)?.told !== undefined)
}

function settleOne(notice: Notice, delivery: Delivery, { options, lanes, via }: Settling): void {
  const group = options.memory().groups.get(notice.key)
  if (group === undefined) return
  const nowMs = options.clock.wall()
  if (delivery.result === 'delivered') return noteArrival(group, { notice, via: via.name, nowMs })
  noteAttempt(group, delivery.reason)
  const { owed } = group
  // What waits in a lane is not offered to others meanwhile; only the receiver's own failure leads to its fallback.
  if (owed === undefined || via.name !== group.receiver) return
  if (delivery.result === 'retry' && nowMs - owed.sinceMs < GIVE_UP_MS) return
  postpone(group, nowMs + TRY_AGAIN_MS)
  const hint = via.fallback === undefined ? 'it is tried again later' : `${via.fallback} is told instead`
  options.report('error', 'a receiver was given up for now', {
    ...{ alert: group.name, receiver: via.name, reason: delivery.reason, hint },
  })
  if (via.fallback !== undefined) lanes.get(via.fallback)?.offer([notice.key])
}
