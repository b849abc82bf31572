import { after, before, describe, test } from 'node:test'
import { openAiChat } from './conversations/openai-chat.ts'
import { assertSame, startPair, type Pair } from './support/differential.ts'

let pair: Pair

before(async () => {
  pair = await startPair()
})
after(() => pair.close())

const CONVERSATIONS = { "OpenAI's chat": openAiChat }

for (const [dialect, conversations] of Object.entries(CONVERSATIONS)) {
  describe(`through the gateway as without it, in ${dialect}`, () => {
    for (const conversation of conversations) {
      test(`${conversation.title} (${dialect})`, () => assertSame(conversation, pair))
    }
  })
}
