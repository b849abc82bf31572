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
export const LINT_EXCEPTIONS = [
  {
    file: 'src/gateway/dialects/answer-facts.ts',
    rule: 'complexity',
    reason: 'one flat switch over the fields of every dialect, run for each of them in each streamed event',
  },
  {
    file: 'src/gateway/dialects/answer-facts.ts',
    rule: 'max-params',
    reason: 'told of each field in each streamed event, where an options object would be garbage each time',
  },
  {
    file: 'src/gateway/dialects/parse-request.ts',
    rule: 'max-params',
    reason:
      'told of each field of interest in each request, where an options object would be garbage each time',
  },
  {
    file: 'src/gateway/json/scan.ts',
    rule: 'max-params',
    reason: 'runs once per streamed event, where an options object would be garbage each time',
  },
  {
    file: 'src/gateway/streaming/sse-scan.ts',
    rule: 'max-params',
    reason: 'runs once per streamed event, where the span would have to be boxed to be one parameter',
  },
]
