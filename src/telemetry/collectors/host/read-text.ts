// How the files are read in which a system tells of itself; a port, so that tests can be any machine.
import { readFile } from 'node:fs/promises'

/** Undefined for a file that is not there or cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>

export const readSystemText: ReadText = (path) => readFile(path, 'utf8').catch(() => undefined)
