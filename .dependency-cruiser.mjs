// Turns the table of who may import whom (scripts/lint/import-table.mjs) into rules, and adds those that are no table:
// cycles, dead files, packages that are not declared. Every rule's comment is what a person reads when it is broken.
import { IMPORT_TABLE } from './scripts/lint/import-table.mjs'

// Node modules that reach outside the process. Hashing, inspecting and the like are computation, which core may do.
const IO_MODULES =
  '^(fs|net|tls|dgram|dns|http|http2|https|child_process|cluster|worker_threads|readline|repl|sqlite)(/|$)'
const NOT_A_TEST = '\\.test\\.ts$|/fixtures/'
// node:net also tells addresses apart and compares them, which opens nothing and is better not written a second time.
const USES_PURE_NET = '^src/core/(network|forbidden-addresses)\\.ts$'
const PACKAGES = 'node_modules/'

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('.', '\\.')
}

/**
 * @param {string} target one entry of `may`
 * @returns {string} a pattern over paths
 */
function toPattern(target) {
  if (target === '*/config.ts') return '^src/.+/config\\.ts$'
  const path = target.replace(' (types)', '')
  return `^src/${escaped(path)}${path.endsWith('/') ? '' : '$'}`
}

/**
 * Rows that may import something only for its types.
 * @returns {import('dependency-cruiser').IForbiddenRuleType[]}
 */
function typeOnlyRules() {
  return Object.entries(IMPORT_TABLE).flatMap(([folder, { may, why }]) =>
    may
      .filter((target) => target.endsWith(' (types)'))
      .map((target) => ({
        name: `${folder}-types-only`,
        comment: `Of ${target.replace(' (types)', '')} only types. ${why}`,
        severity: 'error',
        from: { path: `^src/${folder}/`, pathNot: NOT_A_TEST },
        to: {
          path: toPattern(target),
          // What the row names by itself is imported as anything else.
          pathNot: may.filter((other) => !other.endsWith(' (types)')).map(toPattern),
          dependencyTypesNot: ['type-only'],
        },
      })),
  )
}

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function folderRules() {
  return Object.entries(IMPORT_TABLE).map(([folder, { may, why }]) => ({
    name: `${folder}-imports`,
    comment: `${folder} may import ${may.length === 0 ? 'nothing of ours' : may.join(', ')}. ${why}`,
    severity: 'error',
    // A subject's config.ts has a stricter rule of its own; config/ has no such file.
    from: { path: `^src/${folder}/`, pathNot: `${NOT_A_TEST}|^src/(?!config/).+/config\\.ts$` },
    to: { path: '^src/', pathNot: [`^src/${folder}/`, ...may.map(toPattern)].join('|') },
  }))
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folderRules(),
    ...typeOnlyRules(),
    {
      name: 'main-imports',
      comment:
        'src/main.ts turns argv into an exit code through src/cli, nothing else: what it did itself, no test could call.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/', pathNot: '^src/cli/' },
    },
    {
      name: 'subject-config-imports',
      comment:
        'A subject’s config.ts may import core, zod, the field kinds of config/fields.ts and other config.ts: the schema is read by ' +
        'people and tools that have nothing else.',
      severity: 'error',
      from: { path: '^src/(?!config/).+/config\\.ts$' },
      to: { pathNot: '^src/core/|^src/config/fields\\.ts$|^src/.+/config\\.ts$|node_modules/zod/' },
    },
    {
      name: 'core-has-no-packages',
      comment: 'core imports no package: an update of it would be an update of everything.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: NOT_A_TEST },
      to: { path: PACKAGES },
    },
    {
      name: 'core-does-no-io',
      comment: 'core touches no file, socket or process: whatever imports it must stay testable without any.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: [NOT_A_TEST, USES_PURE_NET] },
      to: { dependencyTypes: ['core'], path: IO_MODULES },
    },
    {
      name: 'simulator-is-node-only',
      comment:
        'The simulator runs on Node alone: a client library of the gateway’s would hide the faults it is there to make.',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: NOT_A_TEST },
      to: { path: PACKAGES },
    },
    {
      name: 'fastify-only-in-admin',
      comment:
        'The data plane is node:http and a client of its own (docs/decisions); fastify serves the admin API and the console.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/admin/|${NOT_A_TEST}` },
      to: { path: `${PACKAGES}(fastify|@fastify)/` },
    },
    {
      name: 'no-cycle',
      comment:
        'Files in a cycle can only be read, tested and started together; move what both need into a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'A file that nobody imports and that imports nobody is dead: wire it up or delete it.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(src|bench|scripts|test)/',
        pathNot: `${NOT_A_TEST}|\\.d\\.ts$|\\.json$`,
      },
      to: {},
    },
    {
      name: 'no-development-package',
      comment:
        'src runs where only production dependencies are installed; move the package to dependencies, or do without.',
      severity: 'error',
      from: { path: '^src/', pathNot: NOT_A_TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: `${PACKAGES}@types/` },
    },
    {
      name: 'no-undeclared-package',
      comment:
        'A package that is here only because another one brings it disappears with that one: declare it in package.json.',
      severity: 'error',
      from: { path: '^(src|bench|scripts|test)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'This import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-test-in-source',
      comment:
        'What a test needs and the program too belongs to the program; nothing in src imports a test or its support.',
      severity: 'error',
      from: { path: '^src/', pathNot: NOT_A_TEST },
      to: { path: '\\.test\\.ts$|^(test|bench|scripts)/' },
    },
    {
      name: 'no-import-of-a-test',
      comment: 'A test that others import runs twice; put what is shared into test/support.',
      severity: 'error',
      from: {},
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'instrument-stays-outside',
      comment: 'The library for other people’s services must install without the gateway.',
      severity: 'error',
      from: { path: '^instrument/' },
      to: { path: '^(src|console|bench|test|scripts)/' },
    },
    {
      name: 'console-sees-the-contract',
      comment:
        'The console knows the admin API’s types, so that a change of it breaks the build; everything else stays behind HTTP.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|instrument|bench|test|scripts)/', pathNot: '^src/admin/contract\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache)/|/fixtures/' },
    // An import that exists only for its types is an import all the same: it ties two folders together.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
}
