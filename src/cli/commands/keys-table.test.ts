import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayWidth } from '../../records/read/width.ts'
import { layTable } from './keys-table.ts'

const columns = [{ title: 'NAME' }, { title: 'NOTE', most: 10 }, { title: 'END' }]
const rows = [
  ['a', 'short', 'never'],
  ['堰', 'rather longer than ten', '2026'],
]
const squeezes = [
  { title: 'NOTE', most: 4 },
  { title: 'NOTE', most: 0 },
]
const lay = (width: number | undefined) => {
  const { heading, lines } = layTable({ columns, rows, width, squeezes })
  return [heading, ...lines]
}

test('columns are as wide as what stands in them, by cells of the terminal, up to what they may', () => {
  assert.deepEqual(lay(undefined), [
    'NAME  NOTE        END',
    'a     short       never',
    '堰    rather lo…  2026',
  ])
})

test('too narrow a terminal shortens a column first and leaves it out then', () => {
  assert.deepEqual(lay(20), ['NAME  NOTE  END', 'a     sho…  never', '堰    rat…  2026'])
  assert.deepEqual(lay(15), ['NAME  END', 'a     never', '堰    2026'])
})

test('where nothing is left to give up, lines are cut and never wrap', () => {
  for (const width of [1, 5, 8, 12])
    for (const line of lay(width)) assert.ok(displayWidth(line) <= width, line)
})
