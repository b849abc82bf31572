// Reads a small text file, or says in words why not. Synchronous: it runs at the start and on reload, on files of a few KiB.
import { readFileSync, statSync } from 'node:fs'
import { digestOf } from './watch.ts'

/** The digest is of what was read, so that a watcher that begins later knows what has changed since. */
export type FileText = { readonly text: string; readonly digest: string } | { readonly refusal: string }

const MAX_FILE_BYTES = 4 * 1_048_576

const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
}

/** Refuses what is not a plain file before opening it: reading a pipe would wait for ever. */
export function readTextFile(path: string): FileText {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) return { refusal: 'is not a plain file' }
    if (stat.size > MAX_FILE_BYTES) return { refusal: 'is larger than 4MiB' }
    const bytes = readFileSync(path)
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), digest: digestOf(bytes) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    return { refusal: REFUSALS[code] ?? `cannot be read (${code})` }
  }
}

/** For secrets: editors and `echo` end a file with a line break that is no part of it. */
export function readSecretFile(path: string): FileText {
  const read = readTextFile(path)
  return 'text' in read ? { ...read, text: read.text.replace(/\r?\n$/, '') } : read
}
