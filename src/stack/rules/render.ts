// The rule files of a stack and the tests beside them, as text. What is in them stands in stack-rules.ts.
import { toRuleTests, type RuleFile, type RuleTestFile } from '../../slo/rules.ts'
import { printYaml } from '../commented-yaml.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { createRuleContext } from './context.ts'
import { toSituationTests } from './situation-tests.ts'
import { toStackRules } from './stack-rules.ts'

/** Below Prometheus's own folder, which a container mounts as a whole. */
export const RULES_FOLDER = 'prometheus/rules'
const TESTS_FOLDER = `${RULES_FOLDER}/tests`
const TEST_COMMENT = `Run them all, in the folder of the stack: promtool test rules ${TESTS_FOLDER}/*.yml`

/** Played to several files at once: what is promised, what is watched, and whether there is a gateway. */
const LEVELS_TEST = 'weir-objectives'

export function renderRules(input: StackInput): readonly StackFile[] {
  const files = toStackRules(input)
  const context = createRuleContext(input)
  const levels = files.filter(({ specs }) => specs.length === 0).map(({ name }) => toPathFromTests(name))
  return [
    ...files.map(({ name, about, rules }) => toFile(`${RULES_FOLDER}/${name}.yml`, about, rules)),
    toTestFile(LEVELS_TEST, { ...toRuleTests(input.rules, ''), rule_files: levels }),
    ...files
      .filter(({ specs }) => specs.length > 0)
      .map(({ name, specs }) =>
        toTestFile(name, toSituationTests(specs, { ruleFile: toPathFromTests(name), context })),
      ),
  ]
}

const toPathFromTests = (name: string): string => `../${name}.yml`

function toTestFile(name: string, tests: RuleTestFile): StackFile {
  return toFile(`${TESTS_FOLDER}/${name}.test.yml`, TEST_COMMENT, tests)
}

function toFile(path: string, comment: string, content: RuleFile | RuleTestFile): StackFile {
  return { path, text: printYaml(content, { header: comment }) }
}
