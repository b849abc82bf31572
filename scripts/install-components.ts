// Finds the real programs of components.mjs and installs the missing ones where that is harmless: Debian, as root,
// no service manager. It never decides whether a test may do without one; test/support/component.ts does.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { COMPONENTS } from './components.mjs'

export type Component = (typeof COMPONENTS)[number]

// A package manager that waits for another one for longer than this has most likely been forgotten.
const APT_LOCK_TIMEOUT_SECONDS = 120
// Debian keeps servers there, and leaves the folder off the PATH of everybody but root.
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin']
/** Below it Debian keeps each version of PostgreSQL in a folder of its own, on nobody's PATH. */
const POSTGRES_FOLDER = '/usr/lib/postgresql'

/** The program's path, or nothing when this machine does not have it. */
export function findBinary(binary: string): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    ...SYSTEM_FOLDERS,
    ...postgresFolders(),
  ]
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, binary))
    .find(isExecutable)
}

/** The newest first. */
function postgresFolders(): readonly string[] {
  if (!existsSync(POSTGRES_FOLDER)) return []
  const versions = readdirSync(POSTGRES_FOLDER).sort((left, right) => Number(right) - Number(left))
  return versions.map((version) => path.join(POSTGRES_FOLDER, version, 'bin'))
}

export function componentByName(name: string): Component {
  const component = COMPONENTS.find((one) => one.name === name)
  if (component === undefined) throw new Error(`scripts/components.mjs has no component "${name}"`)
  return component
}

/** Installs what is missing and can be had; says one line for each component that this run must do without. */
export function installComponents(neededBy: Component['neededBy']): void {
  const missing = COMPONENTS.filter(
    (one) => one.neededBy === neededBy && findBinary(one.binary) === undefined,
  )
  if (missing.length === 0) return
  const obstacle = whyNotHere() ?? aptInstall(missing.map((one) => one.aptPackage))
  for (const { name, binary, aptPackage, why } of missing) {
    if (findBinary(binary) !== undefined) continue
    const reason = obstacle ?? `${aptPackage} brought no program ${binary}`
    process.stderr.write(
      `MISSING: ${name} (${why}): ${reason}; install it by hand: apt-get install ${aptPackage}\n`,
    )
  }
}

function whyNotHere(): string | undefined {
  if (findBinary('apt-get') === undefined) return 'this machine has no apt-get'
  if (process.getuid?.() !== 0) return 'not running as root'
  // Debian starts a server as soon as it is installed; a test run must not leave a daemon on somebody's machine.
  if (existsSync('/run/systemd/system')) return 'its package would also start a service here'
  return undefined
}

function aptInstall(packages: readonly string[]): string | undefined {
  process.stderr.write(`weir: installing ${packages.join(', ')} by apt-get …\n`)
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  // A fresh machine has no package lists; an old one has lists that name files which are gone.
  if (apt(install) === undefined) return undefined
  return apt(['update']) ?? apt(install)
}

function apt(args: readonly string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-o', `DPkg::Lock::Timeout=${APT_LOCK_TIMEOUT_SECONDS}`]
  const { status, stderr, error } = spawnSync('apt-get', [...options, ...args], { env, encoding: 'utf8' })
  if (status === 0) return undefined
  const lastLine = stderr.trim().split('\n').at(-1)
  return `apt-get ${args[0]} failed: ${error?.message ?? lastLine ?? 'no message'}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  const [neededBy = 'test'] = process.argv.slice(2)
  installComponents(neededBy === 'bench' ? 'bench' : 'test')
}
