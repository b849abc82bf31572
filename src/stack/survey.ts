// Compares the files of a stack as they would be made now with what lies in its folder. It writes nothing.
import { join } from 'node:path'
import { assertFolder, look, type Found } from './disk.ts'
import { hashOf, MANIFEST_FILE, parseManifest, type Manifest } from './marker.ts'
import type { StackFile, StackTarget } from './stack.ts'

/**
 * `same`: nothing to do. `missing`: not there. `outdated`: as it was written, and would be written otherwise now. `edited`:
 * changed by somebody since. `foreign`: there, but never written by us. `extra`: written by us, and no longer part of the stack.
 * `blocked`: something is there that is not a plain file, or cannot be read.
 */
export type FileState = 'same' | 'missing' | 'outdated' | 'edited' | 'foreign' | 'extra' | 'blocked'

export interface SurveyedFile {
  readonly path: string
  readonly state: FileState
  /** As it would be made now. */
  readonly made?: string
  /** As it lies there, with plain newlines. */
  readonly found?: string
  /** Of an extra file: somebody changed it. */
  readonly isEdited: boolean
  /** Why a file is blocked. */
  readonly why?: string
}

export interface Survey {
  /** Sorted by path. */
  readonly files: readonly SurveyedFile[]
  /** What the last writing left; undefined where nothing was written here, or what it left cannot be read. */
  readonly manifest: Manifest | undefined
  /** There is one that cannot be read: every file must be taken for somebody's own. */
  readonly isManifestBroken: boolean
}

export async function surveyStack(folder: string, made: readonly StackFile[]): Promise<Survey> {
  await assertFolder(folder)
  const { manifest, isBroken } = await readManifest(folder)
  const written = manifest?.files ?? new Map<string, string>()
  const texts = new Map(made.map(({ path, text }) => [path, text]))
  const paths = [...new Set([...texts.keys(), ...written.keys()])].toSorted()
  const files: SurveyedFile[] = []
  for (const path of paths) {
    const file = { path, made: texts.get(path), hash: written.get(path) }
    const surveyed = judge(file, await look(join(folder, path)))
    if (surveyed !== undefined) files.push(surveyed)
  }
  return { files, manifest, isManifestBroken: isBroken }
}

async function readManifest(
  folder: string,
): Promise<{ readonly manifest: Manifest | undefined; readonly isBroken: boolean }> {
  const found = await look(join(folder, MANIFEST_FILE))
  if (found.kind === 'none') return { manifest: undefined, isBroken: false }
  const manifest = found.kind === 'text' ? parseManifest(found.text) : undefined
  return { manifest, isBroken: manifest === undefined }
}

interface Known {
  readonly path: string
  readonly made: string | undefined
  /** As it was written last. */
  readonly hash: string | undefined
}

function judge({ path, made, hash }: Known, found: Found): SurveyedFile | undefined {
  if (made === undefined) {
    if (found.kind === 'none') return undefined
    if (found.kind === 'blocked') return { path, state: 'extra', isEdited: true, why: found.why }
    return { path, state: 'extra', found: found.text, isEdited: hashOf(found.text) !== hash }
  }
  if (found.kind === 'none') return { path, state: 'missing', made, isEdited: false }
  if (found.kind === 'blocked') return { path, state: 'blocked', made, isEdited: false, why: found.why }
  const both = { path, made, found: found.text }
  if (found.text === made) return { ...both, state: 'same', isEdited: false }
  if (hash === undefined) return { ...both, state: 'foreign', isEdited: true }
  return hashOf(found.text) === hash
    ? { ...both, state: 'outdated', isEdited: false }
    : { ...both, state: 'edited', isEdited: true }
}

/** For which target a folder was written last. */
export async function readTarget(folder: string): Promise<StackTarget | undefined> {
  return (await readManifest(folder)).manifest?.target
}
