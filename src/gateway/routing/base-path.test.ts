import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackendKind } from '../config.ts'
import { joinPath, toBasePath } from './base-path.ts'

const CHAT = '/v1/chat/completions'

const ask = (url: string, kind: BackendKind = 'openai', path = CHAT): string =>
  joinPath(toBasePath(url, kind), path)

test('a URL is the same with its version and without it', () => {
  for (const url of ['http://h:8000', 'http://h:8000/', 'http://h:8000/v1', 'http://h:8000/v1/']) {
    for (const kind of ['openai', 'vllm', 'llamacpp', 'ollama', 'anthropic', 'simulator'] as const) {
      assert.equal(ask(url, kind), CHAT, `${kind} ${url}`)
    }
    assert.equal(ask(url, 'ollama', '/api/chat'), '/api/chat')
    assert.equal(ask(url, 'openai', '/health'), '/health')
  }
})

test('a path in front of the version stays in front of it', () => {
  assert.equal(ask('https://openrouter.ai/api/v1'), '/api/v1/chat/completions')
  assert.equal(ask('https://h/gpu-1'), '/gpu-1/v1/chat/completions')
  assert.equal(ask('https://h/gpu-1/v1', 'ollama', '/api/tags'), '/gpu-1/api/tags')
  assert.equal(
    ask('https://h/anthropic', 'anthropic', '/v1/messages?beta=true'),
    '/anthropic/v1/messages?beta=true',
  )
})

test('a version of its own stands for ours, wherever in the URL', () => {
  const bases = {
    'https://g/v1beta/openai': '/v1beta/openai/chat/completions',
    'https://g/v1beta/openai/': '/v1beta/openai/chat/completions',
    'https://z/api/paas/v4': '/api/paas/v4/chat/completions',
    'https://a/api/v3': '/api/v3/chat/completions',
    'https://d/v1/openai': '/v1/openai/chat/completions',
    'https://b/v1alpha2': '/v1alpha2/chat/completions',
  }
  for (const [url, path] of Object.entries(bases)) assert.equal(ask(url), path)
  assert.equal(ask('https://z/api/paas/v4', 'openai', '/v1/models'), '/api/paas/v4/models')
})

test('what only looks like a version is none, and servers whose paths are known have no version of their own', () => {
  assert.equal(ask('https://h/vllm'), '/vllm/v1/chat/completions')
  assert.equal(ask('https://h/v8-server'), '/v8-server/v1/chat/completions')
  assert.equal(ask('https://h/dev2'), '/dev2/v1/chat/completions')
  assert.equal(ask('https://h/v2/gpu', 'vllm'), '/v2/gpu/v1/chat/completions')
  assert.equal(ask('https://h/v2/claude', 'anthropic', '/v1/messages'), '/v2/claude/v1/messages')
})
