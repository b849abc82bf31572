// Which models answer in words, as far as a name tells: no list says it. For whoever has to choose one without being told.

const OTHERS = /embed|\bbge\b|rerank|whisper|\btts\b|moderation|guard/i

/** Not those that embed, sort, listen, speak or judge; a pattern is no model. */
export function isWritingModel(name: string): boolean {
  return !name.includes('*') && !OTHERS.test(name)
}
