// The reference page of the configuration file, made from the schema: every key, how it is written, its default, its meaning.
import type { FieldNode } from './field-tree.ts'
import { LATER_KEYS } from './later.ts'
import { BACKEND_SETTING, FILE_SETTING, OLLAMA_SETTING, OUTSIDE_SETTINGS } from './settings.ts'
import { fieldTree } from './validate.ts'
import { printPath } from './path.ts'

const INTRODUCTION = `# Configuration reference

Weir reads \`weir.yaml\` from the folder it is started in, or the file named by \`-c\`. JSON works as well, being YAML. Every
key has a default or may be left out, so that no file at all is a valid configuration; a key that Weir does not know is an
error. \`weir check\` says everything that is wrong with a file, and \`weir check --print yaml\` what it comes to.

Flags come before the environment, the environment before the file, the file before the defaults.

| form | written as |
|---|---|
| duration | \`250ms\`, \`3s\`, \`10m\`, \`2h\`, \`30d\`, and together: \`1h30m\` |
| size | \`512b\`, \`64KiB\`, \`32MiB\`, \`10MB\` |
| address | \`:8080\` (every interface), \`127.0.0.1:8080\`, \`[::1]:8080\`, \`unix:/run/weir.sock\` |
| moment | \`2026-12-31T18:00:00Z\`, with its zone; a day alone means its end, in UTC |
| network | \`10.0.0.0/8\`, \`fd00::/8\`, or one address |
| limit | \`60/min\`, \`100k/min\`, \`50/month\`: an amount (\`k\` thousand, \`M\` million) in one \`s\`, \`min\`, \`h\`, \`day\`, \`week\` or \`month\`; or \`{ rate: 60/min, burst: 10, onStateFailure: open }\` |
| secret | text that is never printed again; better not in the file but as a reference |

Any value may hold references: \`\${env:NAME}\` for an environment variable, \`\${file:/path}\` for the content of a file without the
line break at its end. A relative path starts at the folder of the configuration file. \`$\${\` stands for the characters \`\${\`.
`

export function printConfigReference(): string {
  const sections = [...fieldTree.fields].filter(([key]) => key !== '$schema')
  const single = sections.filter(([, node]) => node.fields.size === 0 && (node.item?.fields.size ?? 0) === 0)
  const grouped = sections.filter((section) => !single.includes(section))
  return [
    INTRODUCTION,
    '## Keys of their own',
    '',
    ...toTable(single.map(([key, node]) => ({ key, node }))),
    '',
    ...grouped.flatMap(([key, node]) => toSection(key, node)),
    ...toOutside(),
    ...toLater(),
  ].join('\n')
}

interface Row {
  readonly key: string
  readonly node: FieldNode
}

function toSection(key: string, node: FieldNode): readonly string[] {
  const kind = node.item === undefined ? '' : ' A list; each entry has these keys.'
  const rows = toRows(node.item ?? node, '')
  return [`## ${key}`, '', `${node.description ?? ''}${kind}`, '', ...toTable(rows), '']
}

/** The leaves below a node, with the way to them. */
function toRows(node: FieldNode, before: string): readonly Row[] {
  return [...node.fields].flatMap(([key, field]) => {
    const row = { key: `${before}${key}`, node: field }
    if (field.item !== undefined && field.item.fields.size > 0)
      return [row, ...toRows(field.item, `${row.key}[].`)]
    return field.fields.size > 0 ? toRows(field, `${row.key}.`) : [row]
  })
}

function toTable(rows: readonly Row[]): readonly string[] {
  const lines = rows.map(({ key, node }) => {
    const fallback = node.required
      ? '(required)'
      : node.fallback === undefined
        ? ''
        : `\`${printFallback(node.fallback)}\``
    return `| \`${key}\` | ${node.type} | ${fallback} | ${node.description ?? ''} |`
  })
  return ['| key | written as | default | meaning |', '|---|---|---|---|', ...lines]
}

function printFallback(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function toOutside(): readonly string[] {
  const others = [FILE_SETTING, OLLAMA_SETTING, BACKEND_SETTING].map((setting) => ({ ...setting, path: [] }))
  const lines = [...OUTSIDE_SETTINGS, ...others].map(({ flag, argument, variable, path, meaning }) => {
    const key = path.length === 0 ? '' : `\`${printPath(path)}\``
    return `| \`${flag} ${argument}\` | \`${variable}\` | ${key} | ${meaning} |`
  })
  return [
    '## Flags and environment',
    '',
    'A variable that is set but empty counts as not set; one that begins with `WEIR_` and is not listed here is warned of. A',
    'backend named outside the file is added to those in it, or, where it has the name of one of them, replaces its URL and kind.',
    '',
    '| flag | variable | key | meaning |',
    '|---|---|---|---|',
    ...lines,
    '',
  ]
}

function toLater(): readonly string[] {
  const lines = [...LATER_KEYS].map(([pattern, brings]) => `- \`${pattern}\`: ${brings}`)
  return [
    '## Not in this version',
    '',
    'These keys are refused by name until the version that has them:',
    '',
    ...lines,
    '',
  ]
}
