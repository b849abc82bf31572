// The rule files of a stack and the tests beside them, as text. What is in them stands in stack-rules.ts.
import { stringify } from 'yaml'
import { toRuleTests, type RuleFile, type RuleTestFile } from '../../slo/rules.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { createRuleContext } from './context.ts'
import { toSituationTests } from './situation-tests.ts'
import { toOwnGroups, toStackRules } from './stack-rules.ts'

export const RULES_FOLDER = 'rules'
const TESTS_FOLDER = `${RULES_FOLDER}/tests`

const FILES = {
  objectives: 'weir-objectives',
  thresholds: 'weir-thresholds',
  operations: 'weir-operations',
} as const
type FileKey = keyof typeof FILES

const COMMENTS: Readonly<Record<FileKey, string>> = {
  objectives:
    'What is promised: how much of each error budget is left, and who is told when it is spent too fast.',
  thresholds:
    'Plain conditions: the rules of the configuration, and our own for what no objective and no rule of it looks at.',
  operations: 'The gateway, its backends and models, the machines, and the monitoring itself.',
}

const TEST_COMMENT = 'Run them in this folder: promtool test rules *.yml'

export function renderRules(input: StackInput): readonly StackFile[] {
  const rules = toStackRules(input)
  const keys = (Object.keys(FILES) as FileKey[]).filter((key) => rules[key].groups.length > 0)
  return [...keys.map((key) => toRuleFile(key, rules[key])), ...toTestFiles(input, keys)]
}

function toRuleFile(key: FileKey, file: RuleFile): StackFile {
  return { path: `${RULES_FOLDER}/${FILES[key]}.yml`, text: print(COMMENTS[key], file) }
}

/** What is promised and watched is one tape over all files; of our own alerts each has its situations. */
function toTestFiles(input: StackInput, keys: readonly FileKey[]): readonly StackFile[] {
  const context = createRuleContext(input)
  const own = toOwnGroups(context)
  const fromTests = (key: FileKey): string => `../${FILES[key]}.yml`
  const toFile = (name: string, tests: RuleTestFile): StackFile => ({
    path: `${TESTS_FOLDER}/${name}.test.yml`,
    text: print(TEST_COMMENT, tests),
  })
  const situations = (['thresholds', 'operations'] as const).flatMap((key) =>
    own[key].length === 0
      ? []
      : [toFile(FILES[key], toSituationTests(own[key], { ruleFile: fromTests(key), context }))],
  )
  const levels = { ...toRuleTests(input.rules, ''), rule_files: keys.map(fromTests) }
  return [toFile(FILES.objectives, levels), ...situations]
}

/** Long queries in one line each: what was folded is copied wrongly. */
function print(comment: string, content: RuleFile | RuleTestFile): string {
  return `# ${comment}\n${stringify(content, { lineWidth: 0 })}`
}
