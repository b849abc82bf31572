// What the key commands share: where the gateway of a configuration keeps its keys, and how a command ends that fails there.
import { resolve } from 'node:path'
import type { KeySettings } from '../../access/config.ts'
import { KeyRefusal } from '../../access/store/key-desk.ts'
import { KeyStoreError } from '../../access/store/key-store.ts'
import { keyStoreFile } from '../../access/store/sqlite/store.ts'
import { explain } from '../../config/explain.ts'
import { findNearest } from '../../config/nearest.ts'
import type { Config } from '../../config/resolve.ts'
import { toLoader, warn } from '../define.ts'
import { EXIT, type World } from '../world.ts'

export type AnyFlags = Readonly<Record<string, unknown>>

export const JSON_OPTION = ['--json', 'print one JSON value instead'] as const

export interface StorePlace {
  readonly file: string
  readonly filed: readonly KeySettings[]
  /** Undefined while it is broken. */
  readonly config: Config | undefined
}

/** Where the gateway of this configuration keeps its keys, and which ones the file has. */
export function findStore(flags: AnyFlags, world: World): StorePlace | undefined {
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (result.ok) {
    const { config } = result
    return { file: keyStoreFile(config.dataDir), filed: config.access.keys, config }
  }
  world.streams.stderr.write(explain(result.problems))
  const { dataDir } = flags
  if (typeof dataDir !== 'string') return undefined
  // A key must be revocable also while somebody is in the middle of editing the file.
  warn(world, [
    'the configuration is not valid; --data-dir says where the keys are, and those of the file are left out',
  ])
  return { file: keyStoreFile(resolve(world.cwd, dataDir)), filed: [], config: undefined }
}

/** Refusals are an answer; a store that cannot be used leaves the question open. */
export async function guarded(world: World, work: () => number | Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof KeyStoreError) {
      world.streams.stderr.write(`error: ${thrown.message}\n`)
      return EXIT.usage
    }
    if (!(thrown instanceof KeyRefusal)) throw thrown
    world.streams.stderr.write(`error: ${thrown.message}${suggest(thrown)}\n`)
    return EXIT.no
  }
}

function suggest({ asked, names }: KeyRefusal): string {
  if (asked === undefined) return ''
  const [near] = findNearest(asked, names)
  if (near !== undefined) return ` Did you mean ${near}?`
  return names.length === 0 ? '' : ' `weir keys list` shows those there are.'
}
