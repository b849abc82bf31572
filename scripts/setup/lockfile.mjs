// Compares package-lock.json with what npm last finished installing. It only reads.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * npm writes node_modules/.package-lock.json as the last act of an installation, so agreement with it means a whole one.
 * Reading it (rather than only a stamp of ours) spares a full reinstallation after `npm install SOMETHING`.
 * @param {string} root
 */
export function modulesMatchLock(root) {
  const wanted = packagesOf(path.join(root, 'package-lock.json'))
  const present = packagesOf(path.join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '' || entry.link === true) return true
    const installed = present[place]
    // Optional packages of other platforms are in the lockfile but rightly not on disk.
    if (installed === undefined) return entry.optional === true
    const same = installed.version === entry.version && installed.integrity === entry.integrity
    return same && existsSync(path.join(root, place, 'package.json'))
  })
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
export function packagesOf(file) {
  if (!existsSync(file)) return undefined
  try {
    /** @type {{ packages?: Record<string, LockedPackage> }} */
    const lock = JSON.parse(readFileSync(file, 'utf8'))
    return lock.packages
  } catch {
    // Cut off while it was written: the same as absent.
    return undefined
  }
}
