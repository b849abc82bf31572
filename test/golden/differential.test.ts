import { after, before, describe, test } from 'node:test'
import { anthropicMessages } from './conversations/anthropic.ts'
import { ollama } from './conversations/ollama.ts'
import { openAiChat } from './conversations/openai-chat.ts'
import { openAiCompletions, openAiEmbeddings, openAiModerations } from './conversations/openai-others.ts'
import { openAiResponses } from './conversations/openai-responses.ts'
import { openAiSpelling } from './conversations/openai-spelling.ts'
import { assertSame, startPair, type Pair } from './support/differential.ts'

let pair: Pair

before(async () => {
  pair = await startPair()
})
after(() => pair.close())

const CONVERSATIONS = {
  'chat completions': openAiChat,
  'how chat completions are written': openAiSpelling,
  completions: openAiCompletions,
  embeddings: openAiEmbeddings,
  moderations: openAiModerations,
  responses: openAiResponses,
  "Anthropic's messages": anthropicMessages,
  "Ollama's API": ollama,
}

for (const [dialect, conversations] of Object.entries(CONVERSATIONS)) {
  describe(`through the gateway as without it: ${dialect}`, () => {
    for (const conversation of conversations) {
      test(`${dialect}: ${conversation.title}`, () => assertSame(conversation, pair))
    }
  })
}
