// OpenAI's moderations: `POST /v1/moderations`. Never a stream.
import { compileShape } from '../../json/shape.ts'
import { ANSWER, REPORTED_ERROR, type Api } from '../api.ts'
import { openAiEmbeddings } from '../openai-embeddings/api.ts'

export const openAiModerations: Api = {
  ...openAiEmbeddings,
  name: 'openai-moderations',
  operation: 'moderation',
  answerShape: compileShape({ model: ANSWER.model, error: REPORTED_ERROR }),
}
