import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutTo, displayWidth, padEnd, padStart, toPrintable, toPrintableLines } from './width.ts'

test('Chinese, Korean, full-width and picture signs take two cells, accents none', () => {
  const widths: readonly (readonly [string, number])[] = [
    ['qwen3:4b', 8],
    ['通义千问', 8],
    ['堰 weir', 7],
    ['한국어', 6],
    ['ＡＢ', 4],
    ['，。', 4],
    ['e\u0301a', 2],
    ['🚀x', 3],
    ['👩‍💻', 2],
    ['…', 1],
    ['', 0],
  ]
  for (const [text, width] of widths) assert.equal(displayWidth(text), width, text)
})

test('padding counts cells, so that columns stay under each other', () => {
  assert.equal(padEnd('千', 4), '千  ')
  assert.equal(padStart('千', 4), '  千')
  assert.equal(padEnd('12345', 4), '12345')
})

test('a text is cut between signs, and never in the middle of a wide one', () => {
  assert.equal(cutTo('通义千问', 8), '通义千问')
  assert.equal(cutTo('通义千问', 7), '通义千…')
  assert.equal(cutTo('通义千问', 6), '通义…')
  assert.equal(cutTo('e\u0301xyz', 3), 'e\u0301x…')
})

test('nothing that a caller wrote reaches the terminal as a command', () => {
  assert.equal(toPrintable('a\u001b[31mb\r\n\t\u009b'), 'a\\u001b[31mb\\u000d\\u000a\\u0009\\u009b')
  assert.equal(toPrintable('gpt\u202e4\u2066'), 'gpt\\u202e4\\u2066')
  assert.equal(toPrintable('x\ud800'), 'x\\ud800')
  assert.equal(toPrintable('通义 🚀'), '通义 🚀')
})

test('longer texts keep their lines and tabs, and nothing else', () => {
  assert.equal(toPrintableLines('a\r\nb\tc\u001b]0;x\u0007\rd'), 'a\nb\tc\\u001b]0;x\\u0007\\u000dd')
})
