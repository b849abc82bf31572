// The port by which a message leaves: what is said, and what became of it. Every kind of receiver implements it in a folder
// of its own (notifiers/<kind>/); the pipeline knows only this. Types only.
import type { Alert, AlertFacts, Severity } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Ids } from '../core/ids.ts'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** `heartbeat` says that the pipeline lives; it is for machines that miss it, people should never read it. */
export type MessageKind = 'firing' | 'resolved' | 'test' | 'heartbeat'

export interface MessageFact {
  readonly label: string
  readonly text: string
}

export interface MessageLink {
  readonly label: string
  readonly url: string
}

/** One alert of the group, for services that take alerts rather than texts. */
export interface MessageAlert {
  readonly alert: Omit<Alert, 'facts'> & { readonly facts?: AlertFacts }
  /** Of an alert that another program told us of, which has no facts of ours. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Wall clock; undefined while it fires. */
  readonly endedAtMs: number | undefined
  /** One sentence. */
  readonly summary: string
}

/** What is to be said. The parts for services with cards or fields, the whole for those with one text. */
export interface Message {
  /** Hexadecimal; the same for every try of one notification, also after a restart, by which whoever takes it twice can tell. */
  readonly id: string
  /** The same for every message about one group, whoever receives it: what a service merges by. */
  readonly key: string
  readonly kind: MessageKind
  readonly severity: Severity
  readonly language: Language
  /** One line, without markup; begins with the state and the severity in words. */
  readonly title: string
  /** Whole sentences without markup, the most important first: cut from the end. */
  readonly paragraphs: readonly string[]
  readonly facts: readonly MessageFact[]
  readonly links: readonly MessageLink[]
  /** The command line that silences it; undefined where there is nothing to silence. */
  readonly silenceCommand: string | undefined
  readonly alerts: readonly MessageAlert[]
  /** Everything above but the title, as plain text and as CommonMark. */
  readonly text: string
  readonly markdown: string
  /** Wall clock. */
  readonly createdAtMs: number
}

/**
 * What became of a message. Reasons and answers are shown to people and written to the log: they hold no secret, and so no
 * URL, as robots carry theirs in it.
 */
export type Delivery =
  | { readonly result: 'delivered'; readonly answer: string }
  /** May go better later; `afterMs` where the service said when. */
  | { readonly result: 'retry'; readonly reason: string; readonly afterMs: number | undefined }
  /** Would go no better: a wrong key, a robot that is gone. */
  | { readonly result: 'failed'; readonly reason: string }

/** So many messages at most in so long: what the service takes before it refuses. */
export interface DeliveryRate {
  readonly messages: number
  readonly periodMs: number
}

export interface Notifier {
  readonly kind: string
  /** The pipeline keeps within it, and merges what waits; undefined where the service names no limit. */
  readonly rate: DeliveryRate | undefined
  /**
   * A service that takes alerts for over unless it is told of them again within this; the pipeline then delivers what still
   * fires again at least so often, also after a restart. Undefined: it remembers by itself.
   */
  readonly refreshMs?: number
  /** Never rejects, and settles soon after the signal: what was cut off by it is to be tried again. */
  deliver(message: Message, signal: AbortSignal): Promise<Delivery>
  close(): Promise<void>
}

/** What a notifier may use. Time for signatures, randomness for boundaries. */
export interface NotifierTools {
  readonly clock: Clock
  readonly ids: Ids
}
