// Words that must not stand in the repository: they name a machine, a person's folder or a place nobody else can reach.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryFiles, textOf } from './repository.ts'

// Each is put together from pieces, so that this file does not find itself.
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  'a folder of one machine': new RegExp(
    `(^|[\\s"'\`(=:])/(${['work', 'root', 'Users'].join('|')})/[a-z]`,
    'm',
  ),
  'somebody’s home folder': new RegExp(['/ho', 'me/(?!app|node|weir)[a-z]'].join('')),
  'the host of a package registry': new RegExp(
    [
      'registry\\.npm',
      'js\\.org|npm',
      'mirror\\.com|yarn',
      'pkg\\.com|pypi\\.',
      'org|deb\\.deb',
      'ian\\.org',
    ].join(''),
  ),
  'the number of an issue':
    /\b(issue|issues|PR|pull request|ticket) #?\d+\b|\b(fix(es|ed)?|close[sd]?|resolve[sd]?) #\d+/i,
}
const BINARY = /\.(png|gif|ico|woff2?|bin|gz|wasm|db|sqlite)$/

for (const [what, pattern] of Object.entries(FORBIDDEN)) {
  test(`no file names ${what}`, () => {
    const found = repositoryFiles()
      .filter((file) => !BINARY.test(file) && file !== 'package-lock.json')
      .flatMap((file) => {
        const match = pattern.exec(textOf(file))
        return match === null ? [] : [`${file}: ${match[0].trim()}`]
      })
    assert.deepEqual(found, [])
  })
}
