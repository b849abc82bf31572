// Which version of Weir this is: from package.json, and the commit from the build or the checkout.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Build } from '../app/asked.ts'

/** Written beside package.json when Weir is packed, because a package has no history to ask. */
const BUILD_FILE = 'build.json'
const UNKNOWN = 'unknown'
const GIT_TIMEOUT_MS = 2_000

export function readBuild(root: string): Build {
  const version = readField(join(root, 'package.json'), 'version') ?? UNKNOWN
  return { version, commit: readField(join(root, BUILD_FILE), 'commit') ?? askGit(root) ?? UNKNOWN }
}

export function printBuild({ version, commit }: Build): string {
  return `weir version v${version} (commit ${commit})`
}

function readField(file: string, field: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const value = typeof content === 'object' && content !== null ? Object.entries(content) : []
    const found: unknown = value.find(([key]) => key === field)?.[1]
    return typeof found === 'string' && found !== '' ? found : undefined
  } catch {
    return undefined
  }
}

/** Only in a checkout of Weir itself: installed below another project, the commit would be that project's. */
function askGit(root: string): string | undefined {
  if (!existsSync(join(root, '.git'))) return undefined
  try {
    const answer = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: GIT_TIMEOUT_MS,
    }).trim()
    return /^[0-9a-f]{7,40}$/.test(answer) ? answer : undefined
  } catch {
    return undefined
  }
}
