// What the command line does about alerts: it reads what a gateway has written down, writes silences where that gateway sees
// them, and sends a test the way an alert would go. Works beside a running gateway, or without one.
import { toListing, type AlertListing, type ListedSilence } from '../alerting/listing.ts'
import { parseMatcher, type Matcher } from '../alerting/matcher.ts'
import { MEMORY_DOCUMENT, parseMemory } from '../alerting/memory-text.ts'
import type { Delivery } from '../alerting/notifier.ts'
import { createNotifier } from '../alerting/notifiers/registry.ts'
import { expireSilence, readSilences, writeSilence, type Silence } from '../alerting/silence.ts'
import { describeTest } from '../alerting/texts/describe.ts'
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import type { Ids } from '../core/ids.ts'
import { openRecordsToChange, openRecordsToRead } from '../records/read/open.ts'
import type { SilenceOrder, SilenceRefusal, TestedReceiver } from './asked.ts'

export interface AlertDesk {
  list(): Promise<AlertListing>
  silence(order: SilenceOrder): Promise<ListedSilence | SilenceRefusal>
  /** Undefined when there is none with that id, or it is over already. */
  expire(id: string): Promise<ListedSilence | undefined>
  close(): Promise<void>
}

export interface AlertDeskParts {
  readonly documents: Documents
  readonly clock: Pick<Clock, 'wall'>
  readonly ids: Ids
  readonly close: () => Promise<void>
}

/** Short enough to be typed. */
const ID_DIGITS = 8

export function createAlertDesk({ documents, clock, ids, close }: AlertDeskParts): AlertDesk {
  const list = async (): Promise<AlertListing> => {
    const text = await documents.read(MEMORY_DOCUMENT)
    const silences = await readSilences(documents)
    const written = text === undefined ? undefined : parseMemory(text)
    return toListing({ written, silences, nowMs: clock.wall() })
  }
  const show = async ({ id }: Silence): Promise<ListedSilence> => {
    const { silences } = await list()
    const shown = silences.find((silence) => silence.id === id)
    if (shown === undefined) throw new TypeError('a silence that was just written is not there')
    return shown
  }
  return {
    list,
    async silence({ matchers: texts, forMs, author, reason }) {
      const matchers = texts.map(parseMatcher)
      const wrong = texts.filter((_, at) => matchers[at] === undefined)
      if (wrong.length > 0 || texts.length === 0) return { wrong }
      const nowMs = clock.wall()
      const silence: Silence = {
        id: ids.requestId().slice(-ID_DIGITS),
        matchers: matchers.filter((matcher): matcher is Matcher => matcher !== undefined),
        ...{ author, reason, createdAtMs: nowMs, endsAtMs: nowMs + forMs },
      }
      await writeSilence(documents, silence)
      return show(silence)
    },
    async expire(id) {
      const ended = await expireSilence(documents, { id, nowMs: clock.wall() })
      return ended === undefined ? undefined : show(ended)
    },
    close,
  }
}

export interface DeskQuestion {
  readonly config: Pick<Config, 'records' | 'dataDir'>
  /** To write a silence; looking needs no right to write. */
  readonly isToChange: boolean
}

/** Where the gateway of this configuration keeps its records. Rejects with a RecordStoreError. */
export async function openAlertDesk(
  { config: { records, dataDir }, isToChange }: DeskQuestion,
  { clock, ids }: DeskTools,
): Promise<AlertDesk> {
  const open = isToChange ? openRecordsToChange : openRecordsToRead
  const store = await open({ store: records.store, dataDir }, clock)
  return createAlertDesk({ documents: store.documents, clock, ids, close: () => store.close() })
}

export interface DeskTools {
  readonly clock: Clock
  readonly ids: Ids
}

/** Through the notifier that alerts go through, without waiting for anybody's turn. */
export async function testReceiver(
  { config, receiver: name }: { readonly config: Config; readonly receiver: string },
  { clock, ids }: DeskTools,
): Promise<TestedReceiver> {
  const { receivers, language } = config.alerting
  const receiver = receivers.find((entry) => entry.name === name)
  if (receiver === undefined) return { known: receivers.map((entry) => entry.name) }
  const notifier = createNotifier(receiver, { clock, ids })
  const timeout = new AbortController()
  const cancel = clock.after(receiver.timeout, () => timeout.abort())
  const message = describeTest(name, { language: receiver.language ?? language, nowMs: clock.wall() })
  try {
    const delivery = await notifier.deliver(message, timeout.signal)
    return { kind: receiver.kind, delivered: delivery.result === 'delivered', answer: answerOf(delivery) }
  } finally {
    cancel()
    await notifier.close()
  }
}

function answerOf(delivery: Delivery): string {
  return delivery.result === 'delivered' ? delivery.answer : delivery.reason
}
