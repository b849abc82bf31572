import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { printSurvey, toSurveyJson, toUnifiedDiff } from './diff.ts'
import type { SurveyedFile } from './survey.ts'

const LINES = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`)

test('lines that differ are shown with those around them, as diff does', () => {
  const made = [...LINES.slice(0, 5), 'new', ...LINES.slice(6)]
  assert.equal(
    toUnifiedDiff('a.yml', `${LINES.join('\n')}\n`, `${made.join('\n')}\n`),
    [
      '--- a.yml as it is',
      '+++ a.yml as it would be written',
      '@@ -3,7 +3,7 @@',
      ' line 3',
      ' line 4',
      ' line 5',
      '-line 6',
      '+new',
      ' line 7',
      ' line 8',
      ' line 9',
      '',
    ].join('\n'),
  )
})

test('whatever the texts, patch(1) makes one of the other by the difference', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 25 })
    .map((lines) => `${lines.join('\n')}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'weir-diff-'))
  const file = join(folder, 'a.yml')
  try {
    fc.assert(
      fc.property(text, text, (found, made) => {
        if (found === made) return
        writeFileSync(file, found)
        const patched = execFileSync('patch', ['-s', '-o', '-', file], {
          input: toUnifiedDiff('a.yml', found, made),
        })
        assert.equal(patched.toString(), made)
      }),
      { numRuns: 40 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const FILES: readonly SurveyedFile[] = [
  { path: 'a.yml', state: 'same', made: 'a\n', found: 'a\n', isEdited: false },
  { path: 'b.yml', state: 'edited', made: 'b\n', found: 'mine\n', isEdited: true },
  { path: 'c.yml', state: 'extra', found: 'c\n', isEdited: true },
  { path: 'd.yml', state: 'blocked', made: 'd\n', isEdited: false, why: 'is a link' },
  { path: 'e.yml', state: 'missing', made: 'e\n', isEdited: false },
]

test('each file that differs has a line that says how', () => {
  assert.equal(
    printSurvey({ target: 'files', files: FILES }),
    [
      'edited    b.yml  (changed by hand since it was written)',
      '--- b.yml as it is',
      '+++ b.yml as it would be written',
      '@@ -1,1 +1,1 @@',
      '-mine',
      '+b',
      'extra     c.yml  (no longer part of the stack, and changed by hand)',
      'blocked   d.yml  (cannot be compared: is a link)',
      'missing   e.yml  (not there)',
      '',
    ].join('\n'),
  )
})

test('programs get every file with its state, and drift only where there is one', () => {
  const json = toSurveyJson({ target: 'files', files: FILES }) as {
    drift: boolean
    files: { state: string }[]
  }
  assert.equal(json.drift, true)
  assert.deepEqual(
    json.files.map(({ state }) => state),
    ['same', 'edited', 'extra', 'blocked', 'missing'],
  )
  assert.deepEqual(toSurveyJson({ target: 'files', files: FILES.slice(0, 1) }), {
    target: 'files',
    drift: false,
    files: [{ path: 'a.yml', state: 'same', edited: false }],
  })
})
