// Is there room on the disk where the data folder is?
import { printSize } from '../../core/units.ts'
import type { Check } from '../check.ts'
import { fail, ok, skip, warn } from '../finding.ts'

/** The last share is what many systems keep for their administrator; below it databases begin to fail. */
const LEAST_RATIO = 0.02
const LOW_RATIO = 0.1
const LEAST_BYTES = 100 * 1_048_576
const LOW_BYTES = 1_073_741_824

export const disk: Check = {
  name: 'disk',
  group: 'setup',
  question: 'Is there room for records?',
  async ask({ setup }) {
    const { dataDir, records } = setup.config
    const space = await setup.machine.spaceAt(dataDir)
    if (space === undefined || space.totalBytes === 0) return skip('the file system does not tell its size')
    const { freeBytes, totalBytes } = space
    const ratio = freeBytes / totalBytes
    const seen = `${toText(freeBytes)} (${Math.floor(ratio * 100)} %) are free where ${dataDir} is`
    const fix = `df -h ${dataDir}; records.keep and records.maxSize bound what is kept`
    if (freeBytes < LEAST_BYTES || ratio < LEAST_RATIO)
      return fail(seen, { means: 'Records are about to be dropped, and databases to fail', fix })
    if (freeBytes < LOW_BYTES || ratio < LOW_RATIO) return warn(seen, { means: 'It will be full soon', fix })
    if (records.store.kind === 'sqlite' && freeBytes < records.maxSize) {
      return warn(`${seen}; records may grow to ${printSize(records.maxSize)}`, {
        means: 'The disk is full before the limit of the store is reached',
        fix: `records: { maxSize: ${Math.max(1, Math.floor(freeBytes / LOW_BYTES / 2))}GiB }`,
      })
    }
    return ok(seen)
  },
}

function toText(bytes: number): string {
  return bytes >= LOW_BYTES ? `${(bytes / LOW_BYTES).toFixed(1)} GiB` : `${Math.floor(bytes / 1_048_576)} MiB`
}
