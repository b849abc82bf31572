// Which paths a file of a stack may have. It touches no file.

/** Below the folder and the same on every system: letters, digits, dots, dashes, forward slashes. */
const PLAIN_PATH = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/

export function isPlainPath(path: string): boolean {
  return PLAIN_PATH.test(path) && !path.split('/').some((step) => step === '.' || step === '..')
}
