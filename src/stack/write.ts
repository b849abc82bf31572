// Writes the files of a stack into their folder and never over what somebody changed there, unless that was asked for by name.
import { join } from 'node:path'
import { makeFolder, removeFile, replaceFile } from './disk.ts'
import { hashOf, MANIFEST_FILE, printManifest } from './marker.ts'
import type { StackFile, StackTarget } from './stack.ts'
import { surveyStack, type Survey, type SurveyedFile } from './survey.ts'

export interface WriteRequest {
  readonly folder: string
  readonly target: StackTarget
  readonly files: readonly StackFile[]
  /** Also over what somebody changed. */
  readonly force: boolean
}

/** `overwritten`: somebody's change is gone, as `force` asked. `left`: no longer part of the stack, and changed by somebody. */
export type Outcome =
  'unchanged' | 'written' | 'updated' | 'overwritten' | 'kept' | 'removed' | 'left' | 'failed'

export interface WrittenFile {
  readonly path: string
  readonly outcome: Outcome
  /** Why it was kept, left or failed; what was overwritten. */
  readonly why?: string
}

export interface WriteReport {
  readonly files: readonly WrittenFile[]
  readonly isManifestBroken: boolean
  /** Every file is now as it was made, and no other is left. */
  readonly isWhole: boolean
}

const UNDONE: readonly Outcome[] = ['kept', 'left', 'failed']

/** Rejects with a StackFolderError where nothing could be written at all. */
export async function writeStack(request: WriteRequest): Promise<WriteReport> {
  const { folder, files: made, target } = request
  const survey = await surveyStack(folder, made)
  await makeFolder(folder)
  const files: WrittenFile[] = []
  for (const file of survey.files) files.push(await settle(file, request))
  const manifest = { target, files: toHashes({ survey, made, files }) }
  // Last: a file that was written while its hash was not counts as changed by hand, which loses nothing.
  const refusal = await replaceFile(join(folder, MANIFEST_FILE), printManifest(manifest))
  if (refusal !== undefined) files.push({ path: MANIFEST_FILE, outcome: 'failed', why: refusal })
  const isWhole = !files.some(({ outcome }) => UNDONE.includes(outcome))
  return { files, isManifestBroken: survey.isManifestBroken, isWhole }
}

const WHY_KEPT = { edited: 'changed by hand', foreign: 'not written by weir' } as const

async function settle(file: SurveyedFile, { folder, force }: WriteRequest): Promise<WrittenFile> {
  const { path, state, made = '' } = file
  const put = async (outcome: Outcome, why?: string): Promise<WrittenFile> => {
    const refusal = await replaceFile(join(folder, path), made)
    if (refusal !== undefined) return { path, outcome: 'failed', why: refusal }
    return { path, outcome, ...(why === undefined ? {} : { why }) }
  }
  if (state === 'same') return { path, outcome: 'unchanged' }
  if (state === 'missing') return put('written')
  if (state === 'outdated') return put('updated')
  if (state === 'blocked') return { path, outcome: 'failed', why: file.why ?? 'is in the way' }
  if (state === 'extra') return remove(file, folder)
  return force ? put('overwritten', WHY_KEPT[state]) : { path, outcome: 'kept', why: WHY_KEPT[state] }
}

/** What somebody changed is theirs to delete, also when everything is to be overwritten: nothing would replace it. */
async function remove({ path, isEdited, why }: SurveyedFile, folder: string): Promise<WrittenFile> {
  if (isEdited) return { path, outcome: 'left', why: why ?? WHY_KEPT.edited }
  const refusal = await removeFile(folder, path)
  return refusal === undefined ? { path, outcome: 'removed' } : { path, outcome: 'failed', why: refusal }
}

interface Settled {
  readonly survey: Survey
  readonly made: readonly StackFile[]
  readonly files: readonly WrittenFile[]
}

/** Of what lies there as it was made; of what was kept, the hash from when it was written, so that undoing a change is noticed. */
function toHashes({ survey, made, files }: Settled): ReadonlyMap<string, string> {
  const texts = new Map(made.map(({ path, text }) => [path, text]))
  const hashes = new Map<string, string>()
  for (const { path, outcome } of files) {
    const text = texts.get(path)
    const before = survey.manifest?.files.get(path)
    if (UNDONE.includes(outcome)) {
      if (before !== undefined) hashes.set(path, before)
    } else if (text !== undefined && outcome !== 'removed') hashes.set(path, hashOf(text))
  }
  return hashes
}
