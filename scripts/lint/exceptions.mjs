// Every place where a lint rule does not hold, with the reason. The place itself says `eslint-disable-next-line RULE`, so
// that the exception covers one line; this list makes them countable. It may only shrink: test/architecture holds its
// length and that list and comments agree.

/**
 * @typedef {object} LintException
 * @property {string} file from the repository root
 * @property {string} rule as the linter prints it; a rule that is switched off twice in a file stands here twice
 * @property {string} reason what would be worse about obeying
 */

/** @type {readonly LintException[]} */
export const LINT_EXCEPTIONS = []
