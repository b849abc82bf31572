// What guard models answer, chosen by words in what they are shown. A pretence with a fixed outcome, not a classifier.

import type { Turn } from './job.ts'

type Severity = 'Safe' | 'Controversial' | 'Unsafe'

interface Trigger {
  readonly words: readonly string[]
  readonly severity: Severity
  readonly category: string
  /** MLCommons hazard of Llama Guard. */
  readonly hazard: string
  /** Key of OpenAI's moderation result; undefined where that has no such category. */
  readonly moderation: string | undefined
}

const triggers: readonly Trigger[] = [
  {
    words: ['bomb', 'kill', 'weapon', '炸弹', '杀人'],
    severity: 'Unsafe',
    category: 'Violent',
    hazard: 'S1',
    moderation: 'violence',
  },
  {
    words: ['hack into', 'steal', 'launder', '诈骗', '盗窃'],
    severity: 'Unsafe',
    category: 'Non-violent Illegal Acts',
    hazard: 'S2',
    moderation: 'illicit',
  },
  {
    words: ['porn', 'nude', '色情'],
    severity: 'Unsafe',
    category: 'Sexual Content or Sexual Acts',
    hazard: 'S12',
    moderation: 'sexual',
  },
  {
    words: ['social security number', 'passport number', '身份证号'],
    severity: 'Unsafe',
    category: 'PII',
    hazard: 'S7',
    moderation: undefined,
  },
  {
    words: ['suicide', 'hurt myself', '自杀'],
    severity: 'Unsafe',
    category: 'Suicide & Self-Harm',
    hazard: 'S11',
    moderation: 'self-harm',
  },
  {
    words: ['hate them all', '歧视'],
    severity: 'Unsafe',
    category: 'Unethical Acts',
    hazard: 'S10',
    moderation: 'hate',
  },
  {
    words: ['election', 'government secret', '选举'],
    severity: 'Controversial',
    category: 'Politically Sensitive Topics',
    hazard: 'S13',
    moderation: undefined,
  },
  {
    words: ['full lyrics', 'pirated', '盗版'],
    severity: 'Controversial',
    category: 'Copyright Violation',
    hazard: 'S8',
    moderation: undefined,
  },
  {
    words: ['ignore previous instructions', 'ignore all previous', '忽略之前'],
    severity: 'Unsafe',
    category: 'Jailbreak',
    hazard: 'S14',
    moderation: undefined,
  },
]

const refusals = ["i can't", 'i cannot', "i'm sorry", '抱歉', '我不能']

export function isGuardModel(model: string): boolean {
  return model.toLowerCase().includes('guard')
}

function findTriggers(text: string): readonly Trigger[] {
  const lower = text.toLowerCase()
  return triggers.filter((trigger) => trigger.words.some((word) => lower.includes(word)))
}

/** Two lines for a prompt, three for an answer, as Qwen3Guard-Gen does; two as Llama Guard does if it is called so. */
export function answerAsGuard(model: string, turns: readonly Turn[]): string {
  const judged = turns.findLast((turn) => turn.role === 'user' || turn.role === 'assistant')
  const text = judged?.text ?? ''
  const judgesAnswer = judged?.role === 'assistant'
  const found = findTriggers(text).filter((trigger) => !(judgesAnswer && trigger.category === 'Jailbreak'))
  if (/llama-?guard/i.test(model)) {
    const hazards = found.filter((trigger) => trigger.severity === 'Unsafe').map((trigger) => trigger.hazard)
    return hazards.length === 0 ? 'safe' : `unsafe\n${hazards.join(',')}`
  }
  const unsafe = found.some((trigger) => trigger.severity === 'Unsafe')
  const severity: Severity = unsafe ? 'Unsafe' : found.length > 0 ? 'Controversial' : 'Safe'
  const categories = found.map((trigger) => trigger.category).join(', ') || 'None'
  const refused = refusals.some((refusal) => text.toLowerCase().startsWith(refusal))
  return `Safety: ${severity}\nCategories: ${categories}${judgesAnswer ? `\nRefusal: ${refused ? 'Yes' : 'No'}` : ''}`
}

/** The thirteen keys of OpenAI's moderation result. */
const moderationKeys: readonly string[] = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
]

/** One entry of `results` of /v1/moderations. */
export function moderate(text: string): Record<string, unknown> {
  const HIGH_SCORE = 0.93
  const LOW_SCORE = 0.0004
  const found = new Set(findTriggers(text).map((trigger) => trigger.moderation))
  const perKey = <T>(value: (key: string) => T): Record<string, T> =>
    Object.fromEntries(moderationKeys.map((key) => [key, value(key)]))
  return {
    flagged: moderationKeys.some((key) => found.has(key)),
    categories: perKey((key) => found.has(key)),
    category_scores: perKey((key) => (found.has(key) ? HIGH_SCORE : LOW_SCORE)),
    category_applied_input_types: perKey(() => ['text']),
  }
}
