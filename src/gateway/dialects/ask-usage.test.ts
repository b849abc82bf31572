import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { askForUsage } from './ask-usage.ts'
import { openAiChat } from './openai-chat/api.ts'
import { openAiCompletions } from './openai-completions/api.ts'
import { RequestParser } from './parse-request.ts'

const parser = new RequestParser(64)

/** Prints like JSON.stringify, with white space where the grammar allows it. */
function print(value: unknown, space: () => string): string {
  const inside = (parts: readonly string[]): string =>
    parts.map((part) => space() + part + space()).join(',') || space()
  if (Array.isArray(value)) return `[${inside(value.map((each) => print(each, space)))}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}${space()}:${space()}${print(each, space)}`,
  )
  return `{${inside(entries)}}`
}

const other = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4, noNullPrototype: true })
const option = fc.dictionary(
  fc.constantFrom('include_obfuscation', 'x', 'é"'),
  fc.jsonValue({ maxDepth: 1 }),
  {
    noNullPrototype: true,
  },
)
const options = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc
    .tuple(option, fc.constantFrom(undefined, false, null), option)
    .map(([before, include_usage, after]) => ({ ...before, include_usage, ...after })),
)
const request = fc
  .tuple(other, options, other, fc.boolean())
  .map(([before, stream_options, after, first]) => {
    const mine = {
      ...(first && { stream_options }),
      model: 'm',
      stream: true,
      ...(!first && { stream_options }),
    }
    const clean = { ...before, ...mine, ...after, ...mine }
    // As JSON has it: a key without a value is not there.
    return JSON.parse(JSON.stringify(clean)) as Record<string, unknown>
  })
const spaces = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n\t', '\r\n'))

/** How many bytes two buffers share at their beginning. */
function sharedStart(a: Buffer, b: Buffer): number {
  let at = 0
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at += 1
  return at
}

test('the backend is asked for usage, and nothing else in the body changes, meaning or byte', () => {
  fc.assert(
    fc.property(request, spaces, fc.constantFrom(openAiChat, openAiCompletions), (wanted, stream, api) => {
      const body = Buffer.from(print(wanted, () => String(stream.next().value)))
      assert.deepEqual(JSON.parse(body.toString()), wanted)
      const { usageAsk } = parser.parse(body, api)
      assert.ok(usageAsk !== undefined)
      const before = Buffer.from(body)
      const asked = askForUsage(body, usageAsk)
      assert.deepEqual(body, before, 'the caller’s bytes were changed in place')

      const given = wanted['stream_options'] as Record<string, unknown> | null | undefined
      const expected = { ...wanted, stream_options: { ...given, include_usage: true } }
      assert.deepEqual(JSON.parse(asked.toString()), expected)

      // One edit: what stands before and behind it is what came, byte by byte.
      const start = sharedStart(asked, body)
      const rest = asked.length - body.length + start
      const replaced = usageAsk.kind.startsWith('replace') ? usageAsk : undefined
      if (replaced === undefined) {
        assert.ok(rest > start)
        assert.ok(asked.subarray(rest).equals(body.subarray(start)), 'more than one place changed')
        return
      }
      assert.ok('start' in replaced)
      assert.ok(asked.subarray(0, replaced.start).equals(body.subarray(0, replaced.start)))
      const behind = body.length - replaced.end
      assert.ok(asked.subarray(asked.length - behind).equals(body.subarray(replaced.end)))
    }),
    { numRuns: 500 },
  )
})
