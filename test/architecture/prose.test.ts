// Prose about structure rots unless a test reads it: every path that our pages name must lead somewhere.
import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { repositoryFiles, ROOT, textOf } from './repository.ts'

// The changelog speaks of what was; recorded answers are not prose.
const PAGES = repositoryFiles().filter((file) => file.endsWith('.md') && !/CHANGELOG|fixtures\//.test(file))
// A word in `code` is a path when it begins in one of our folders or names a file at the top.
const OUR_PATH = /^(src|test|bench|scripts|docs|examples|console|instrument|\.ci)\/[\w.*/<>{},-]*$/
const TOP_LEVEL_FILE = /^[\w.-]+\.(md|json|ts|mjs|js|yaml)$/
// Files that a person makes; pages speak of them, the repository has none.
const MADE_BY_PEOPLE = new Set(['weir.yaml', 'name.test.ts'])

export function pathsNamedIn(text: string): { links: string[]; code: string[] } {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/<!--[\s\S]*?-->/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => target.replace(/#.*$/, ''))
  const code = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map((match) => (match[1] ?? '').replace(/:\d+(-\d+)?$/, ''))
    .filter((word) => OUR_PATH.test(word) || (TOP_LEVEL_FILE.test(word) && !MADE_BY_PEOPLE.has(word)))
  return { links, code }
}

/** `<name>` and `*` stand for any one name. */
function leadsSomewhere(target: string, from: string): boolean {
  const pattern = target.replaceAll(/<[^>]+>/g, '*')
  if (!/[*{]/.test(pattern)) return existsSync(path.join(ROOT, from, pattern))
  return globSync(pattern, { cwd: path.join(ROOT, from) }).length > 0
}

describe('every path that a page names leads somewhere', () => {
  for (const page of PAGES) {
    test(`${page} names only paths that exist`, () => {
      const { links, code } = pathsNamedIn(textOf(page))
      const deadLinks = links.filter((link) => !leadsSomewhere(link, path.dirname(page)))
      const deadPaths = code.filter(
        (word) => !leadsSomewhere(word, '.') && !leadsSomewhere(word, path.dirname(page)),
      )
      assert.deepEqual({ deadLinks, deadPaths }, { deadLinks: [], deadPaths: [] })
    })
  }
})

test('a page that names a file which is gone is found out', () => {
  const { links, code } = pathsNamedIn(
    'See [the map](docs/map.md#top), `src/core/gone.ts`, `npm test` and `a/b`.',
  )
  assert.deepEqual({ links, code }, { links: ['docs/map.md'], code: ['src/core/gone.ts'] })
  assert.equal(leadsSomewhere('src/core/gone.ts', '.'), false)
  assert.equal(leadsSomewhere('src/<subject>/config.ts', '.'), true)
})
