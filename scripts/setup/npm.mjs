// How to call npm from inside an npm script without inheriting that script's settings. It starts nothing itself.
import { existsSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

// npm hands these to its scripts; a nested npm would take them for the person's own wishes (another prefix, say).
const FROM_OUTER_NPM =
  /^npm_(lifecycle_|package_|command$|config_(local_prefix|prefix|global|omit|ignore_scripts)$)/

/**
 * @param {string} root
 * @returns {[string, ...string[]]} the npm that started us when there is one: it is proven to run on this machine
 */
export function npmCommand(root) {
  const cli = process.env['npm_execpath']
  const node = process.env['npm_node_execpath']
  const usable = cli !== undefined && path.basename(cli) === 'npm-cli.js' && existsSync(cli)
  // A Node inside node_modules disappears while npm ci replaces that folder.
  if (usable && node !== undefined && existsSync(node) && !isInside(node, root)) return [node, cli]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/**
 * @param {string} root
 * @returns {NodeJS.ProcessEnv} this environment, with the machine's own Node and npm instead of ours on PATH
 */
export function cleanNpmEnvironment(root) {
  const kept = Object.entries(process.env).filter(([name]) => !FROM_OUTER_NPM.test(name.toLowerCase()))
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const outside = folders.filter((folder) => folder !== '' && !isInside(folder, root))
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error' }
  return { ...Object.fromEntries(kept), ...quiet, PATH: outside.join(path.delimiter) }
}

/**
 * @param {string} file
 * @param {string} folder
 */
function isInside(file, folder) {
  const relative = path.relative(folder, file)
  return !relative.startsWith('..') && !path.isAbsolute(relative)
}
