import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readServerLoad } from './server-load.ts'

const page = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.txt`, import.meta.url), 'utf8')

test('vLLM: its engines add up, and the fullest cache counts', () => {
  assert.deepEqual(readServerLoad(page('vllm')), { running: 5, waiting: 3, kvCacheRatio: 0.9125 })
})

test('vLLM before it renamed its cache', () => {
  const older =
    'vllm:num_requests_running{model_name="m"} 1.0\nvllm:gpu_cache_usage_perc{model_name="m"} 0.25\n'
  assert.deepEqual(readServerLoad(older), { running: 1, waiting: undefined, kvCacheRatio: 0.25 })
  const both = `${older}vllm:kv_cache_usage_perc{model_name="m"} 0.5\n`
  assert.equal(readServerLoad(both)?.kvCacheRatio, 0.5)
})

test('SGLang: ranks of one scheduler and parts by priority are not counted again', () => {
  assert.deepEqual(readServerLoad(page('sglang')), { running: 6, waiting: 3, kvCacheRatio: 0.74 })
})

test('llama.cpp, and Text Generation Inference', () => {
  assert.deepEqual(readServerLoad(page('llamacpp')), { running: 2, waiting: 1, kvCacheRatio: undefined })
  const tgi = 'tgi_batch_current_size 4\ntgi_queue_size 7\n'
  assert.deepEqual(readServerLoad(tgi), { running: 4, waiting: 7, kvCacheRatio: undefined })
})

test('a page of something else, or with values that are none, says nothing', () => {
  for (const text of [
    '',
    '<html>vllm:num_requests_running</html>',
    '{"vllm:num_requests_running": 3}',
    'node_load1 3\n',
    'vllm:num_requests_running NaN\nvllm:kv_cache_usage_perc NaN\n',
    'vllm:num_requests_running -1\nvllm:num_requests_waiting +Inf\nvllm:kv_cache_usage_perc 90\n',
  ])
    assert.equal(readServerLoad(text), undefined, text)
})

test('a cache that is a little more than full is full', () => {
  assert.equal(readServerLoad('sglang:token_usage 1.004\n')?.kvCacheRatio, 1)
})
