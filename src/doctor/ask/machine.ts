// What this machine says of itself: its addresses, who listens on its ports, the room on its disks. Looks, and changes nothing.
import { constants } from 'node:fs'
import { access, readFile, readdir, readlink, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { basename, dirname } from 'node:path'
import type { ListenAddress } from '../../config/fields.ts'

export interface Space {
  readonly freeBytes: number
  readonly totalBytes: number
}

export interface Machine {
  /** Addresses under which others may reach it: not those of the loopback interface, not link-local ones. */
  addresses(): readonly string[]
  /** The program that listens on a port, as far as the system tells this user. */
  ownerOf(port: number): Promise<string | undefined>
  /** The code of the error that opening it would meet; undefined for none. The listener is closed at once. */
  tryToListen(address: ListenAddress): Promise<string | undefined>
  spaceAt(path: string): Promise<Space | undefined>
}

/** What is wrong with writing below this path; undefined when nothing is. */
export async function whyNotWritable(path: string): Promise<string | undefined> {
  let at = path
  for (;;) {
    const found = await stat(at).catch((thrown: NodeJS.ErrnoException) => thrown)
    if (!(found instanceof Error)) {
      if (!found.isDirectory()) return `${at} is a file`
      const refused = await access(at, constants.W_OK | constants.X_OK).catch(
        (thrown: NodeJS.ErrnoException) => thrown,
      )
      if (!(refused instanceof Error)) return undefined
      return refused.code === 'EROFS'
        ? `${at} is on a file system that is read-only`
        : `${at} may not be written by this user`
    }
    if (found.code === 'ENOTDIR') return `${dirname(at)} is a file`
    if (found.code !== 'ENOENT' || dirname(at) === at)
      return `${at} cannot be looked at (${found.code ?? 'unknown'})`
    at = dirname(at)
  }
}

export const systemMachine: Machine = {
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
      .map(({ address }) => address),
  ownerOf: findOwner,
  tryToListen,
  async spaceAt(path) {
    let at = path
    for (;;) {
      const found = await statfs(at).catch(() => undefined)
      if (found !== undefined)
        return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize }
      if (dirname(at) === at) return undefined
      at = dirname(at)
    }
  },
}

function tryToListen(address: ListenAddress): Promise<string | undefined> {
  if (address.kind === 'unix') return Promise.resolve(undefined)
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => resolve(thrown.code ?? 'unknown'))
    server.listen({ port: address.port, host: address.host, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    )
  })
}

const TCP_TABLES = ['/proc/net/tcp', '/proc/net/tcp6']
/** `TCP_LISTEN` of the kernel (include/net/tcp_states.h). */
const LISTENING = '0A'

/** Linux only, and only programs of this user unless it is root. */
async function findOwner(port: number): Promise<string | undefined> {
  const tables = await Promise.all(TCP_TABLES.map((file) => readFile(file, 'utf8').catch(() => '')))
  const inodes = new Set(tables.flatMap((table) => inodesOf(table, port)))
  if (inodes.size === 0) return undefined
  const processes = await readdir('/proc').catch(() => [])
  for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
    const links = await openFilesOf(pid)
    if (!links.some((link) => inodes.has(link))) continue
    return `${await nameOf(pid)} (pid ${pid})`
  }
  return undefined
}

/** Programs that run others: what they run tells more. Its arguments are not shown, since secrets may stand in them. */
const INTERPRETERS = ['node', 'MainThread', 'python', 'python3', 'java', 'ruby']

async function nameOf(pid: string): Promise<string> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  if (name === '') return 'a program'
  if (!INTERPRETERS.includes(name)) return name
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const script = words.slice(1).find((word) => /\.\w+$/.test(word) && !word.startsWith('-'))
  return `${basename(words[0] ?? name)}${script === undefined ? '' : ` ${basename(script)}`}`
}

/** proc_pid_net(5): local address in the second column, state in the fourth, inode in the tenth. */
export function inodesOf(table: string, port: number): string[] {
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    const [, local = '', , state, , , , , , inode] = columns
    const at = Number.parseInt(local.split(':').at(-1) ?? '', 16)
    return state === LISTENING && at === port && inode !== undefined ? [`socket:[${inode}]`] : []
  })
}

async function openFilesOf(pid: string): Promise<string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return links.filter((link) => link.startsWith('socket:'))
}
