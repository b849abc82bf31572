// Reads, replaces and removes the files of a stack's folder, each in one step. Which of them is not its business.
import { chmod, lstat, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { toPlainNewlines } from './marker.ts'

/** Says what is wrong with the folder itself. */
export class StackFolderError extends Error {
  override readonly name = 'StackFolderError'
}

/** The folder is there, or nothing is. */
export async function assertFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return
    throw new StackFolderError(`${folder} cannot be used as a folder (${code})`)
  }
  throw new StackFolderError(`${folder} is a file; name a folder`)
}

export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Everything that is written later lies below it, so this is where a place without room for us shows. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new StackFolderError(`${folder} cannot be made (${codeOf(error)})`)
  }
}

export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'blocked'; readonly why: string }

/** A link is not followed: what it leads to may serve others too. */
export async function look(path: string): Promise<Found> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) return { kind: 'blocked', why: 'is a link' }
    if (!stats.isFile())
      return { kind: 'blocked', why: stats.isDirectory() ? 'is a folder' : 'is not a file' }
    return { kind: 'text', text: toPlainNewlines(await readFile(path, 'utf8')) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return { kind: 'none' }
    if (code === 'ENOTDIR') return { kind: 'blocked', why: 'a file stands where its folder should be' }
    return { kind: 'blocked', why: `cannot be read (${code})` }
  }
}

/** Programs in containers read as users of their own, whatever this one's umask is. There is no secret in any file. */
const FILE_MODE = 0o644
const FOLDER_MODE = 0o755

/** Whoever reads sees the old text or the new one, never half of it. Why it failed, or undefined. */
export async function replaceFile(path: string, text: string): Promise<string | undefined> {
  const beside = `${path}.${process.pid}.tmp`
  try {
    const made = await mkdir(dirname(path), { recursive: true })
    if (made !== undefined) await openFolders(made, dirname(path))
    await writeFile(beside, text, { flag: 'wx' })
    await chmod(beside, FILE_MODE)
    await rename(beside, path)
    return undefined
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    return codeOf(error)
  }
}

/** From the first one that was not there down to the last. */
async function openFolders(first: string, last: string): Promise<void> {
  for (let folder = last; folder.length >= first.length; folder = dirname(folder)) {
    await chmod(folder, FOLDER_MODE)
  }
}

/** With the folders that are empty afterwards. Why it failed, or undefined. */
export async function removeFile(folder: string, path: string): Promise<string | undefined> {
  try {
    await rm(join(folder, path), { force: true })
  } catch (error) {
    return codeOf(error)
  }
  for (let above = dirname(path); above !== '.'; above = dirname(above)) {
    const isEmpty = await rmdir(join(folder, above)).then(
      () => true,
      () => false,
    )
    if (!isEmpty) break
  }
  return undefined
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
