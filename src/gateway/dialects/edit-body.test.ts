import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toUsageEdit } from './ask-usage.ts'
import { editBody } from './edit-body.ts'
import { ollamaShow } from './ollama/api.ts'
import { openAiChat } from './openai-chat/api.ts'
import { RequestParser } from './parse-request.ts'

const parser = new RequestParser(64)

test('edits are made where they belong, whatever their order, and without any the body is the same one', () => {
  const body = Buffer.from('0123456789')
  const first = { start: 1, end: 3, text: 'é' }
  const second = { start: 5, end: 5, text: '+' }
  assert.equal(editBody(body, [second, first]).toString(), '0é34+56789')
  assert.equal(editBody(body, []), body)
})

test('a model that is renamed changes its own bytes and no other', () => {
  const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  const extra = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 3,
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(name, name, extra, extra, (asked, target, before, after) => {
      const mine = { model: asked, stream: false }
      const written = JSON.stringify({ ...before, ...mine, ...after, ...mine })
      const body = Buffer.from(` ${written}\n`)
      const { modelStart, modelEnd } = parser.parse(body, openAiChat)
      const edited = editBody(body, [{ start: modelStart, end: modelEnd, text: JSON.stringify(target) }])
      assert.equal(body.toString('utf8', modelStart, modelEnd), JSON.stringify(asked))
      assert.deepEqual(edited.subarray(0, modelStart), body.subarray(0, modelStart))
      assert.deepEqual(edited.subarray(edited.length - (body.length - modelEnd)), body.subarray(modelEnd))
      const meant: unknown = { ...(JSON.parse(written) as object), model: target }
      assert.deepEqual(JSON.parse(edited.toString()), meant)
    }),
  )
})

test('a new name and the wish for usage go into one body, wherever the model stands', () => {
  for (const text of [
    '{"model": "m", "stream": true, "seed": 9007199254740993}',
    '{"stream_options": {"include_usage": false}, "stream": true, "model": "m"}',
    '{ "stream_options":null,"model":"\\u006d","stream":true}',
  ]) {
    const body = Buffer.from(text)
    const { model, modelStart, modelEnd, usageAsk } = parser.parse(body, openAiChat)
    assert.equal(model, 'm')
    assert.ok(usageAsk !== undefined)
    const edits = [{ start: modelStart, end: modelEnd, text: '"堰"' }, toUsageEdit(body, usageAsk)]
    const edited = editBody(body, edits).toString()
    assert.deepEqual(
      JSON.parse(edited),
      { ...(JSON.parse(text) as object), model: '堰', stream_options: { include_usage: true } },
      edited,
    )
    assert.equal(edited.includes('9007199254740993'), text.includes('9007199254740993'))
  }
})

test('where a request names its model twice, the place is that of the name that counts', () => {
  for (const text of ['{"name":"n","model":"m"}', '{"model":"m","name":"n"}']) {
    const body = Buffer.from(text)
    const { model, modelStart, modelEnd } = parser.parse(body, ollamaShow)
    assert.deepEqual([model, body.toString('utf8', modelStart, modelEnd)], ['m', '"m"'])
  }
})
