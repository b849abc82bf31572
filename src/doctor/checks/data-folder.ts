// Can the data folder be written, and does no other gateway have it?
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { whyNotWritable } from '../ask/machine.ts'
import type { Check } from '../check.ts'
import { fail, ok, warn } from '../finding.ts'

/** What a gateway holds while it keeps its records there. */
const LOCK_FILE = 'records.db.lock'

export const dataFolder: Check = {
  name: 'data-folder',
  group: 'setup',
  question: 'Can the data folder be written, and is it nobody else’s?',
  after: ['ports', 'gateway'],
  async ask({ setup, statusOf }) {
    const { dataDir, records } = setup.config
    const refusal = await whyNotWritable(dataDir)
    if (refusal !== undefined) {
      return fail(refusal, {
        means: `Neither records nor keys nor spent budgets can be kept in ${dataDir}`,
        fix: `mkdir -p ${dataDir} && chown USER_OF_THE_GATEWAY ${dataDir}, or name another folder: data: /path`,
      })
    }
    const isKept = records.store.kind === 'sqlite'
    if (!isKept || !isLocked(join(dataDir, LOCK_FILE)))
      return ok(existsSync(dataDir) ? `${dataDir} can be written` : `${dataDir} can be made`)
    if (statusOf('gateway') === 'ok') return ok(`${dataDir} is in use by a running gateway`)
    if (statusOf('ports', '') === 'fail') {
      return warn(`${dataDir} is in use by a gateway`, {
        means: 'Perhaps by the one that has the port: see ports',
        fix: 'mend that first, and ask again',
      })
    }
    return fail(`another gateway keeps its records in ${dataDir}`, {
      means: 'A gateway with this configuration would not start: a data folder belongs to one gateway',
      fix: 'end the other one, name another folder (data: /path), or share records: { store: postgres://… }',
    })
  },
}

/** The holder has a transaction open that keeps readers out; to look takes nothing away from anybody. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 0 })
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      return false
    } finally {
      db.close()
    }
  } catch (thrown) {
    const BUSY = 5
    return (thrown as { errcode?: unknown }).errcode === BUSY
  }
}
