// The repository as the architecture tests read it: paths and texts of what git knows or would take. It judges nothing.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '..', '..')

const CODE = /\.(ts|mjs|js)$/
const CODE_FOLDERS = /^(src|test|bench|scripts|examples)\//
// Where there is no git (an unpacked archive), what git would leave out.
const UNPACKED_IGNORES = [
  'node_modules/**',
  '**/node_modules/**',
  'dist/**',
  '.cache/**',
  'weir-data/**',
  '.git/**',
]

/** Every file of the repository, tracked or about to be, from its root with forward slashes. */
export function repositoryFiles(): string[] {
  const known = existsSync(path.join(ROOT, '.git')) ? knownToGit() : unpacked()
  return known.filter((file) => existsSync(path.join(ROOT, file))).toSorted()
}

/** Our own code: everything but data, prose and the tools' configuration. */
export function codeFiles(): string[] {
  return repositoryFiles().filter((file) => CODE.test(file) && CODE_FOLDERS.test(file))
}

export function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8')
}

function knownToGit(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const output = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return output.split('\0').filter((file) => file !== '')
}

function unpacked(): string[] {
  const found = globSync(['**/*', '.*', '.*/**'], {
    cwd: ROOT,
    exclude: UNPACKED_IGNORES,
    withFileTypes: true,
  })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
}
