import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WeirError } from '../../core/errors.ts'
import { anthropicMessages } from './anthropic/api.ts'
import type { Api } from './api.ts'
import { askForUsage } from './ask-usage.ts'
import { ollamaChat, ollamaEmbed, ollamaGenerate, ollamaShow } from './ollama/api.ts'
import { openAiChat } from './openai-chat/api.ts'
import { openAiCompletions } from './openai-completions/api.ts'
import { openAiEmbeddings } from './openai-embeddings/api.ts'
import { openAiResponses } from './openai-responses/api.ts'
import { RequestParser, type RequestFacts } from './parse-request.ts'

const MAX_DEPTH = 16
const parser = new RequestParser(MAX_DEPTH)

function parse(body: string | Buffer, api: Api = openAiChat): RequestFacts {
  return parser.parse(Buffer.from(body), api)
}

function refusal(body: string | Buffer, api?: Api): { message: string; param: string | undefined } {
  try {
    parse(body, api)
  } catch (thrown) {
    assert.ok(thrown instanceof WeirError)
    assert.equal(thrown.code, 'invalid_request')
    assert.equal(thrown.status, 400)
    return { message: thrown.message, param: thrown.param }
  }
  return assert.fail(`accepted: ${body.toString()}`)
}

const nested = (depth: number): string => `{"model":"m","messages":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('what is refused', () => {
  /** The body, what the message says, and the field at fault. */
  const refused: Readonly<Record<string, readonly [string | Buffer, RegExp, string?]>> = {
    'nothing at all': ['', /not valid JSON \(byte 0\)/],
    'white space alone': [' \n', /not valid JSON/],
    'half a document': ['{"model":"m"', /not valid JSON \(byte 12\)/],
    'two documents': ['{"model":"m"}{}', /not valid JSON \(byte 13\)/],
    'a comment': ['{"model":"m"}//', /not valid JSON/],
    'a comma too many': ['{"model":"m",}', /not valid JSON/],
    'single quotes': ["{'model':'m'}", /not valid JSON/],
    'a byte order mark': ['\ufeff{"model":"m"}', /not valid JSON \(byte 0\)/],
    NaN: ['{"model":"m","x":NaN}', /not valid JSON/],
    'a raw line feed in a string': ['{"model":"m\n"}', /not valid JSON/],
    'Latin-1': [Buffer.from('{"model":"é"}', 'latin1'), /not valid UTF-8/],
    'UTF-16': [Buffer.from('{"model":"m"}', 'utf16le'), /not valid JSON/],
    'an overlong encoding': [Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /not valid UTF-8/],
    'a surrogate in UTF-8': [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /not valid UTF-8/],
    'a cut UTF-8 character': [Buffer.from('{"model":"堰').subarray(0, -1), /not valid UTF-8/],
    'the same key twice': ['{"model":"a","model":"b"}', /same key twice.*byte 14/, 'model'],
    'the same key twice, once escaped': ['{"model":"a","mod\\u0065l":"b"}', /same key twice/],
    'the same key twice far inside': [
      '{"model":"m","tools":[{"a":1,"b":{"c":1,"c":2}}]}',
      /same key twice/,
      'c',
    ],
    '__proto__ twice': ['{"model":"m","__proto__":{},"__proto__":{}}', /same key twice/, '__proto__'],
    'nesting beyond the limit': [nested(MAX_DEPTH), /nested too deeply/],
    'nesting beyond every stack': ['['.repeat(1_000_000), /nested too deeply/],
    'a list': ['["model"]', /must be a JSON object/],
    'a string': ['"model"', /must be a JSON object/],
    null: ['null', /must be a JSON object/],
    'no model': ['{"messages":[]}', /model is required/, 'model'],
    'a model somewhere else': ['{"x":{"model":"m"}}', /model is required/, 'model'],
    'a model as __proto__': ['{"__proto__":{"model":"m"}}', /model is required/, 'model'],
    'a model in capitals': ['{"Model":"m"}', /model is required/, 'model'],
    'a model that is null': ['{"model":null}', /model must be a string/, 'model'],
    'a model that is a number': ['{"model":3}', /model must be a string/, 'model'],
    'a model that is an object': ['{"model":{"name":"m"}}', /model must be a string/, 'model'],
    'an empty model': ['{"model":""}', /must not be empty/, 'model'],
    'an endless model': [`{"model":"${'m'.repeat(600)}"}`, /too long/, 'model'],
    'stream as a word': ['{"model":"m","stream":"true"}', /true or false/, 'stream'],
    'stream as a number': ['{"model":"m","stream":1}', /true or false/, 'stream'],
    'stream_options as a flag': ['{"model":"m","stream_options":true}', /an object/, 'stream_options'],
    'stream_options as a list': ['{"model":"m","stream_options":[]}', /an object/, 'stream_options'],
    'include_usage as a word': [
      '{"model":"m","stream_options":{"include_usage":"yes"}}',
      /true or false/,
      'stream_options.include_usage',
    ],
  }
  for (const [what, [body, message, param]] of Object.entries(refused)) {
    test(`${what} is refused`, () => {
      const told = refusal(body)
      assert.match(told.message, message)
      assert.equal(told.param, param)
    })
  }

  test('nothing of the body is repeated in the message', () => {
    for (const body of ['{"secret', '{"model":"secret","model":1}', '{"model":"m","stream":"secret"}']) {
      assert.doesNotMatch(refusal(body).message, /secret/)
    }
  })

  test('the most tokens and answers that a caller allows are read under every name they have', () => {
    const facts = (api: Api, rest: string): readonly (number | undefined)[] => {
      const { maxOutput, choices } = new RequestParser(32).parse(Buffer.from(`{"model":"m",${rest}}`), api)
      return [maxOutput, choices]
    }
    assert.deepEqual(facts(openAiChat, '"max_tokens":5,"max_completion_tokens":7,"n":3'), [7, 3])
    assert.deepEqual(facts(openAiChat, '"max_completion_tokens":7,"max_tokens":5'), [7, 1])
    assert.deepEqual(facts(openAiCompletions, '"max_tokens":5,"n":2'), [5, 2])
    assert.deepEqual(facts(openAiResponses, '"max_output_tokens":9'), [9, 1])
    assert.deepEqual(facts(anthropicMessages, '"max_tokens":1024'), [1024, 1])
    assert.deepEqual(facts(ollamaChat, '"options":{"num_predict":64}'), [64, 1])
    assert.deepEqual(facts(ollamaGenerate, '"options":{"num_predict":64}'), [64, 1])
    assert.deepEqual(facts(openAiEmbeddings, '"max_tokens":5'), [undefined, 1])
  })

  test('what is no count is left to the backend to refuse, and no limit is no limit', () => {
    for (const value of ['"5"', 'null', '-1', '-2', '0', '[5]', 'true', '{"a":5}'])
      assert.equal(parse(`{"model":"m","max_tokens":${value}}`).maxOutput, undefined, value)
    for (const [value, count] of [
      ['1e3', 1000],
      ['2.5', 3],
      ['1e400', Number.MAX_SAFE_INTEGER],
    ] as const)
      assert.equal(parse(`{"model":"m","max_tokens":${value}}`).maxOutput, count, value)
  })

  test('a refused body leaves nothing behind for the next', () => {
    const before =
      '{"model":"first","stream":true,"stream_options":{"include_usage":true},"messages":[1],"stop":'
    refusal(before)
    refusal('{"messages":[]}')
    assert.deepEqual(parse('{"model":"second"}'), {
      ...{ model: 'second', modelStart: 9, modelEnd: 17 },
      ...{ stream: false, promptBytes: 0, maxOutput: undefined, choices: 1, usageAsk: undefined },
    })
  })
})

describe('what is understood', () => {
  test('nesting up to the limit', () => {
    assert.equal(parse(nested(MAX_DEPTH - 1)).model, 'm')
  })

  /** As written, as read. */
  const models: readonly (readonly [string, string])[] = [
    ['qwen3:32b', 'qwen3:32b'],
    ['a\\/b', 'a/b'],
    ['m\\u00fcller \\ud83c\\udf0a', 'müller 🌊'],
    ['m\\"\\\\n', 'm"\\n'],
    ['堰', '堰'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    [' ', ' '],
  ]
  test('a model name means the same however it is escaped', () => {
    for (const [written, read] of models) assert.equal(parse(`{"model":"${written}"}`).model, read)
    assert.equal(parse('{ "\\u006dodel" : "m" }').model, 'm')
  })

  test('an absent or null stream is what the dialect takes for granted', () => {
    for (const stream of ['', ',"stream":null']) {
      assert.equal(parse(`{"model":"m"${stream}}`).stream, false)
      assert.equal(parse(`{"model":"m"${stream}}`, ollamaChat).stream, true)
      assert.equal(parse(`{"model":"m"${stream}}`, ollamaEmbed).stream, false)
    }
    assert.equal(parse('{"model":"m","stream":false}', ollamaChat).stream, false)
    assert.equal(parse('{"model":"m","stream":true}', anthropicMessages).stream, true)
  })

  test('the prompt is measured in the bytes that carry it', () => {
    const measured: readonly (readonly [Api, string, number])[] = [
      [openAiChat, '{"model":"m","messages":[{"content":"堰"}]}', '[{"content":"堰"}]'.length + 2],
      [openAiEmbeddings, '{"input":"abc","model":"m"}', 5],
      [openAiResponses, '{"model":"m","input":[1, 2]}', 6],
      [ollamaEmbed, '{"model":"m","input":"ab","prompt":"c"}', 7],
      [openAiChat, '{"model":"m","tools":[{"messages":"no"}]}', 0],
    ]
    for (const [api, body, bytes] of measured) assert.equal(parse(body, api).promptBytes, bytes, body)
  })

  test('a name stands in for the model where older clients send it', () => {
    assert.equal(parse('{"name":"m"}', ollamaShow).model, 'm')
    assert.equal(parse('{"name":"old","model":"new"}', ollamaShow).model, 'new')
    assert.equal(refusal('{"name":"m"}', ollamaChat).param, 'model')
    assert.equal(refusal('{"name":7}', ollamaShow).param, 'model')
  })
})

describe('asking for usage', () => {
  const asked = (body: string, api?: Api): string | undefined => {
    const bytes = Buffer.from(body)
    const { usageAsk } = parse(bytes, api)
    return usageAsk === undefined ? undefined : askForUsage(bytes, usageAsk).toString()
  }

  test('is done for streams of the APIs that know it, unless the caller did', () => {
    assert.equal(asked('{"model":"m"}'), undefined)
    assert.equal(asked('{"model":"m","stream":false,"stream_options":{}}'), undefined)
    assert.equal(asked('{"model":"m","stream":true,"stream_options":{"include_usage":true}}'), undefined)
    for (const api of [openAiResponses, anthropicMessages, ollamaChat]) {
      assert.equal(asked('{"model":"m","stream":true}', api), undefined)
    }
  })

  /** The body as it came, and as it goes. */
  const edits: readonly (readonly [string, string])[] = [
    ['{"model":"m","stream":true}', '{"stream_options":{"include_usage":true},"model":"m","stream":true}'],
    [
      '\n { "model":"m","stream":true}\n',
      '\n {"stream_options":{"include_usage":true}, "model":"m","stream":true}\n',
    ],
    [
      '{"model":"m","stream":true,"stream_options":null}',
      '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      '{"model":"m","stream":true,"stream_options":{ }}',
      '{"model":"m","stream":true,"stream_options":{"include_usage":true }}',
    ],
    [
      '{"stream_options": {"include_obfuscation":false},"model":"m","stream":true}',
      '{"stream_options": {"include_usage":true,"include_obfuscation":false},"model":"m","stream":true}',
    ],
    [
      '{"stream":true,"stream_options":{"include_usage" : false },"model":"m"}',
      '{"stream":true,"stream_options":{"include_usage" : true },"model":"m"}',
    ],
    [
      '{"stream":true,"stream_options":{"include_usage":null},"model":"m"}',
      '{"stream":true,"stream_options":{"include_usage":true},"model":"m"}',
    ],
    [
      '{"stream":true,"stream_options":{"includ\\u0065_usage":false},"model":"m"}',
      '{"stream":true,"stream_options":{"includ\\u0065_usage":true},"model":"m"}',
    ],
  ]
  for (const [body, sent] of edits) {
    test(`turns ${JSON.stringify(body)} into ${JSON.stringify(sent)}`, () => assert.equal(asked(body), sent))
  }
})
