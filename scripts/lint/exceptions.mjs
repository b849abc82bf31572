// Every place where a lint rule does not hold, with the reason. The list may only shrink: test/architecture holds its
// length, and comments that switch rules off inside a file have no effect (eslint.config.js).

/**
 * @typedef {object} LintException
 * @property {string} file from the repository root; no patterns, so that an exception never spreads
 * @property {string} rule as the linter prints it
 * @property {string} reason what would be worse about obeying
 */

/** @type {readonly LintException[]} */
export const LINT_EXCEPTIONS = []
