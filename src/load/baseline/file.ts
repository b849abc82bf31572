// Reads and writes the files of `weir load run --save`; a folder stands for all of them in it.
import { constants } from 'node:fs'
import { access, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { documentSchema, KIND, SCHEMA_VERSION, type LoadDocument } from './document.ts'

export interface NamedDocument {
  readonly file: string
  readonly document: LoadDocument
}

export type ReadDocuments = { readonly documents: readonly NamedDocument[] } | { readonly complaint: string }

/** Whole or not at all: a job that is killed leaves no half of a baseline behind. */
export async function saveDocument(file: string, document: LoadDocument): Promise<void> {
  const unfinished = `${file}.unfinished`
  await writeFile(unfinished, `${JSON.stringify(document)}\n`)
  await rename(unfinished, file)
}

/** To be asked before an hour is spent on a run. Undefined: nothing is in the way, and nothing was written. */
export async function whyNotSaved(file: string): Promise<string | undefined> {
  const folder = dirname(file)
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is no folder`
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (thrown) {
    return `${folder} cannot be written: ${codeOf(thrown)}`
  }
  const found = await stat(file).catch(() => undefined)
  return found?.isDirectory() === true ? `${file} is a folder` : undefined
}

/** More than a run can come to. */
const MAX_FILE_BYTES = 67_108_864

export async function readDocuments(paths: readonly string[]): Promise<ReadDocuments> {
  const documents: NamedDocument[] = []
  for (const path of paths) {
    const files = await listFiles(path)
    if (typeof files === 'string') return { complaint: files }
    for (const file of files) {
      const read = await readDocument(file)
      if (typeof read === 'string') return { complaint: `${file} ${read}` }
      documents.push({ file, document: read })
    }
  }
  return { documents }
}

async function listFiles(path: string): Promise<readonly string[] | string> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
    return names.length === 0 ? `${path} holds no .json file` : names.map((name) => join(path, name))
  } catch (thrown) {
    return `${path} cannot be read: ${codeOf(thrown)}`
  }
}

/** A string says what is wrong with it. */
async function readDocument(file: string): Promise<LoadDocument | string> {
  let value: unknown
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) return 'is larger than any run of weir load'
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (thrown) {
    return thrown instanceof SyntaxError ? 'is not JSON' : `cannot be read: ${codeOf(thrown)}`
  }
  const { kind, schemaVersion } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly kind?: unknown
    readonly schemaVersion?: unknown
  }
  if (kind !== KIND) return 'was not written by weir load run --save'
  if (schemaVersion !== SCHEMA_VERSION)
    return `is of version ${String(schemaVersion)}, and this Weir reads version ${SCHEMA_VERSION}: measure the baseline again`
  const parsed = documentSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return `is damaged: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
}

function codeOf(thrown: unknown): string {
  const { code } = thrown as NodeJS.ErrnoException
  return code ?? String(thrown)
}
