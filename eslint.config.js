// What the linter holds this code to: promises that nobody awaits, types that lie, time and chance from nowhere, size.
// Layout is Prettier's business and imports between folders are .dependency-cruiser.mjs's; neither is repeated here.
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { housePlugin } from './scripts/lint/house-plugin.mjs'

const TESTS = ['**/*.test.ts', 'test/**']
const PLAIN_SCRIPTS = ['**/*.mjs', '**/*.js']
// The ports to the system's clock and randomness, a stranger that imports nothing of ours, and programs of our own desk.
const MAY_USE_AMBIENT = [
  'src/core/**',
  'src/simulator/**',
  'bench/**',
  'scripts/**',
  ...TESTS,
  ...PLAIN_SCRIPTS,
]

// The budgets of ARCHITECTURE.md: the soft one says "soon", the hard one fails.
const FILE_LINES = { soon: 250, most: 400 }
const FUNCTION_LINES = { soon: 50, most: 80 }
const TEST_FUNCTION_LINES = 400
const TEST_FILE_LINES = 600
const MOST_PARAMETERS = 3
// A stand-in has the signature of what it stands in for.
const MOST_TEST_PARAMETERS = 5
// McCabe's ten is where NIST SP 500-235 (section 2.5) starts to ask for a reason; a dialect's parser has one more often.
const COMPLEXITY = { soon: 12, most: 20 }

const counting = { skipBlankLines: false, skipComments: false }

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', '.cache/', 'weir-data/', 'console/', 'instrument/'] },
  {
    // A comment that switches a rule off must be needed here, and stand in scripts/lint/exceptions.mjs with its reason.
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'examples/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          // node:test collects these itself; awaiting them at the top level would run the tests one by one.
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'suite', 'describe', 'it'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // An async function without await is how an interface that may wait is honoured by one that need not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.ts', ...PLAIN_SCRIPTS],
    plugins: { house: housePlugin },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-return-assign': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-control-regex': 'off',
      'house/no-default-export': 'error',
      'house/no-barrel': 'error',
      'house/no-bare-error': 'error',
      'house/no-ambient-clock': 'error',
      'house/no-ambient-timer': 'error',
      'house/no-ambient-random': 'error',
      'max-params': ['error', MOST_PARAMETERS],
      complexity: ['error', COMPLEXITY.most],
      'max-lines': ['error', { max: FILE_LINES.most, ...counting }],
      'max-lines-per-function': ['error', { max: FUNCTION_LINES.most, ...counting }],
      'house/complexity-soon': ['warn', COMPLEXITY.soon],
      'house/max-lines-soon': ['warn', { max: FILE_LINES.soon, ...counting }],
      'house/max-lines-per-function-soon': ['warn', { max: FUNCTION_LINES.soon, ...counting }],
    },
  },
  {
    files: MAY_USE_AMBIENT,
    rules: {
      'house/no-ambient-clock': 'off',
      'house/no-ambient-timer': 'off',
      'house/no-ambient-random': 'off',
    },
  },
  {
    // Nothing outside src answers a caller, and the simulator must not know our error table.
    files: ['src/simulator/**', 'bench/**', 'scripts/**', ...TESTS, ...PLAIN_SCRIPTS],
    rules: { 'house/no-bare-error': 'off' },
  },
  {
    files: TESTS,
    rules: {
      // A test is read from top to bottom: a scenario that fits one function is better than one cut in four.
      'max-lines': ['error', { max: TEST_FILE_LINES, ...counting }],
      'max-lines-per-function': ['error', { max: TEST_FUNCTION_LINES, ...counting }],
      'house/max-lines-soon': 'off',
      'house/max-lines-per-function-soon': 'off',
      'max-params': ['error', MOST_TEST_PARAMETERS],
      // A wrong index fails the test either way.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // These tools look for a default export.
    files: ['eslint.config.js', '.dependency-cruiser.mjs'],
    rules: { 'house/no-default-export': 'off' },
  },
)
