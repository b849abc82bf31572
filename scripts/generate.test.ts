import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortDiff } from './generate.ts'

test('the difference is shown line by line, without the names of temporary files', () => {
  assert.equal(shortDiff('a\nb\nc\n', 'a\nB\nc\n'), '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n')
})

test('a long difference is cut, and says by how much', () => {
  const before = Array.from({ length: 100 }, (_, line) => `old ${line}\n`).join('')
  const shown = shortDiff(before, '')
  assert.equal(shown.split('\n').length, 21)
  assert.match(shown, /… \d+ more lines$/)
})
