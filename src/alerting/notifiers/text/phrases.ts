// The few words notifiers add by themselves, in the languages of messages. Sentences about alerts are not theirs.
import type { Language } from '../../notifier.ts'

interface Phrases {
  /** Between a label and its value. */
  readonly colon: string
  readonly cut: string
  readonly silence: string
}

export const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    colon: ': ',
    cut: '(The rest was cut: it is longer than a message may be.)',
    silence: 'To silence it',
  },
  zh: { colon: '：', cut: '（内容超出消息长度上限，其余部分已截断）', silence: '静默此告警' },
}

/** At the end of every message: who sent it. Robots that ask for a keyword are told to expect this one. */
export const SENDER = 'Weir'
