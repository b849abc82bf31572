// Prompts of a wanted length in tokens. Each begins differently, so that no server answers the next from what it
// remembers of the last.
import type { Random } from './random.ts'

/** Common English words: one token each, with the space before it, in the vocabularies of today's models. */
const WORDS =
  'water river bridge stone field road house garden letter story music morning evening summer winter north south market train paper window table light sound family friend teacher doctor driver farmer number question answer reason result change state order place point group party power money price trade law court war peace history science nature animal plant tree flower fruit bread salt sugar coffee paint metal glass wood cloth color shape size weight speed heat cold rain snow wind cloud sun moon star island coast mountain valley forest desert city town village street station office school church hospital library museum theater factory engine machine tool wheel boat plane car horse bird fish dog cat book page word line list map picture film game team player coach goal rule test paper plan work job task step part piece side end start middle center level degree type kind form model sample case fact idea thought mind memory dream hope fear joy love trust truth'.split(
    ' ',
  )

const ASK = 'Tell a story of it'

/** What `ASK` itself comes to. */
const ASK_TOKENS = 7

/** `tokens` is what is aimed at; what a server counts depends on its own vocabulary and template, and is reported. */
export function writePrompt(tokens: number, random: Random): string {
  const words = Math.max(1, tokens - ASK_TOKENS)
  const drawn = new Array<string>(words)
  for (let at = 0; at < words; at += 1) drawn[at] = WORDS[Math.floor(random() * WORDS.length)] ?? ''
  const isShort = tokens <= ASK_TOKENS
  // The drawn words come first: servers remember prompts from their beginning.
  return isShort ? drawn.join(' ') : `${drawn.join(' ')}. ${ASK}.`
}
