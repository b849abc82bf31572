import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWritingModel } from './writing-models.ts'

test('models that write are told from those that embed, sort, listen, speak or judge', () => {
  for (const name of ['qwen3:8b', 'sim-chat', 'org/llama-8b', 'gpt-oss:20b', 'claude-sonnet'])
    assert.ok(isWritingModel(name), name)
  for (const name of [
    ...[
      'nomic-embed-text',
      'bge-m3',
      'qwen3-reranker',
      'whisper-1',
      'tts-1',
      'omni-moderation',
      'llama-guard3',
    ],
    ...['text-embedding-3-small', 'qwen*'],
  ])
    assert.ok(!isWritingModel(name), name)
})
