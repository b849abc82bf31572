// The house's bans, as data: what may not stand in the code, why, and what to write instead.
// eslint.config.js turns each into a rule `house/<name>`; a ban without a way out does not belong here.

/**
 * @typedef {object} Ban
 * @property {string} why the reason, in half a sentence
 * @property {string} instead the way out
 * @property {string[]} [selectors] what it looks like in the syntax tree
 * @property {string[]} [globals] names that may not be read from the global scope
 */

const NODE_TIMERS = '/^(node:)?timers(\\/promises)?$/'
const NODE_CRYPTO = '/^(node:)?crypto$/'
const NODE_PERFORMANCE = '/^(node:)?perf_hooks$/'
const RANDOM_NAMES = '/^(random(UUID|Bytes|Int|Fill|FillSync)|getRandomValues|webcrypto)$/'

/** @type {Readonly<Record<string, Ban>>} */
export const BANS = {
  'no-ambient-clock': {
    why: 'code that reads the system clock can only be tested by waiting',
    instead: 'take a Clock (src/core/clock.ts) as a parameter',
    globals: ['performance'],
    selectors: [
      'MemberExpression[object.name="Date"][property.name="now"]',
      'NewExpression[callee.name="Date"][arguments.length=0]',
      'CallExpression[callee.name="Date"]',
      'MemberExpression[object.name="process"][property.name=/^(hrtime|uptime)$/]',
      `ImportDeclaration[source.value=${NODE_PERFORMANCE}] > ImportSpecifier[imported.name="performance"]`,
    ],
  },
  'no-ambient-timer': {
    why: 'a timer of its own makes a unit test sleep, and keeps a process alive that wants to stop',
    instead: 'use after, every or sleep of a Clock (src/core/clock.ts)',
    globals: ['setTimeout', 'setInterval'],
    selectors: [
      `ImportDeclaration[source.value=${NODE_TIMERS}]`,
      'MemberExpression[object.name="AbortSignal"][property.name="timeout"]',
    ],
  },
  'no-ambient-random': {
    why: 'randomness from nowhere cannot be repeated when a test fails',
    instead: 'take Ids (src/core/ids.ts) as a parameter',
    globals: ['crypto'],
    selectors: [
      'MemberExpression[object.name="Math"][property.name="random"]',
      `MemberExpression[object.name="crypto"][property.name=${RANDOM_NAMES}]`,
      `ImportDeclaration[source.value=${NODE_CRYPTO}] > ImportSpecifier[imported.name=${RANDOM_NAMES}]`,
    ],
  },
  'no-bare-error': {
    why: 'an error without a code has no status, no blame and no message that is safe to show',
    instead:
      'throw a WeirError with a code of the table (src/core/errors.ts), return the problem as a value, or say ' +
      'TypeError or RangeError where only a programmer can have caused it',
    selectors: [
      'ThrowStatement > NewExpression[callee.name="Error"]',
      'ThrowStatement > CallExpression[callee.name="Error"]',
    ],
  },
  'no-default-export': {
    why: 'a default export has another name in every file that imports it, so nobody can search for it',
    instead: 'export it by name',
    selectors: ['ExportDefaultDeclaration', 'ExportSpecifier[exported.name="default"]'],
  },
  'no-barrel': {
    why: 'a file that only re-exports hides where a thing lives and invites import cycles',
    instead: 'import from the file that defines it',
    selectors: ['ExportAllDeclaration'],
  },
}
