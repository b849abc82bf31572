// OpenAI's embeddings: `POST /v1/embeddings`. Never a stream.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, REQUEST, type Api } from '../api.ts'
import { OPENAI_USAGE, openAiChat } from '../openai-chat/api.ts'

export const openAiEmbeddings: Api = {
  ...openAiChat,
  name: 'openai-embeddings',
  operation: 'embeddings',
  requestShape: compileShape({ model: REQUEST.model, input: REQUEST.prompt }),
  answerShape: compileShape({ model: ANSWER.model, usage: OPENAI_USAGE, error: REPORTED_ERROR }),
  asksUsage: false,
}
