// Makes the files of the data folder so that nobody else can read them. What is in them is not its business.
import { chownSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'

/** Hashes of keys, names of people and what they spend: nobody else's to read. */
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/**
 * An empty file, and its folder, where they are missing. SQLite would make the file readable for everybody; what it puts beside
 * the file takes over the file's mode.
 */
export function createPrivateFile(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE })
  closeSync(openSync(file, 'a', FILE_MODE))
  // Made by root for a gateway that is not: the owner of the folder is who has to read it.
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(dirname(file))
  chownSync(file, uid, gid)
}
