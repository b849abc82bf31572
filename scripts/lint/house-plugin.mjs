// Makes ESLint rules from the table of bans, and gives each size budget a second, softer threshold.
// It holds no opinion of its own: what is banned stands in bans.mjs, how much is allowed in eslint.config.js.
import { builtinRules } from 'eslint/use-at-your-own-risk'
import { BANS } from './bans.mjs'

// ESLint gives a rule one severity; a budget that first warns and then fails needs the rule twice.
const SOFT_BUDGETS = ['max-lines', 'max-lines-per-function', 'complexity']

/**
 * @param {import('./bans.mjs').Ban} ban
 * @returns {import('eslint').Rule.RuleModule}
 */
function toRule(ban) {
  const message = `${ban.why}; ${ban.instead}.`
  return {
    meta: { type: 'problem', docs: { description: ban.why }, messages: { banned: message }, schema: [] },
    create(context) {
      /** @param {import('estree').Node} node */
      const report = (node) => context.report({ node, messageId: 'banned' })
      /** @type {import('eslint').Rule.RuleListener} */
      const listener = Object.fromEntries((ban.selectors ?? []).map((selector) => [selector, report]))
      const names = new Set(ban.globals)
      if (names.size === 0) return listener
      return {
        ...listener,
        'Program:exit': () => {
          for (const identifier of globalReads(context.sourceCode)) {
            if (identifier.type === 'Identifier' && names.has(identifier.name)) report(identifier)
          }
        },
      }
    },
  }
}

/** @param {import('eslint').SourceCode} sourceCode */
function globalReads(sourceCode) {
  const globalScope = sourceCode.scopeManager.globalScope
  if (globalScope === null) return []
  const declared = globalScope.variables.filter((variable) => variable.defs.length === 0)
  const references = [...globalScope.through, ...declared.flatMap((variable) => variable.references)]
  return references.map((reference) => reference.identifier)
}

/** @param {string} name */
function builtin(name) {
  const rule = builtinRules.get(name)
  if (rule === undefined) throw new Error(`this ESLint has no rule ${name}`)
  return rule
}

export const housePlugin = {
  rules: {
    ...Object.fromEntries(Object.entries(BANS).map(([name, ban]) => [name, toRule(ban)])),
    ...Object.fromEntries(SOFT_BUDGETS.map((name) => [`${name}-soon`, builtin(name)])),
  },
}
