// Holds values against the schema and the rules between settings. In: whatever was written and given. Out: settings, or
// every problem.
import { crossCheck } from './cross-check.ts'
import { toFieldTree, type FieldNode } from './field-tree.ts'
import { toMessage, toProblems, type IssueContext } from './issues.ts'
import { isMap, printPath, valueAt, withValue } from './path.ts'
import type { Problem } from './problem.ts'
import { configSchema, type FileSettings } from './schema.ts'

export type Validated = { readonly settings: FileSettings } | { readonly problems: readonly Problem[] }

type ValidateContext = Pick<IssueContext, 'written' | 'placeOf'>

export const fieldTree = toFieldTree(configSchema)

export function validate(given: unknown, context: ValidateContext): Validated {
  const value = withTypes(withoutEmpty(given, fieldTree), context)
  const parsed = toCheckedSchema(value).safeParse(value, { error: toMessage })
  if (parsed.success) return { settings: parsed.data }
  const issueContext = { ...context, tree: fieldTree, value }
  return { problems: parsed.error.issues.flatMap((issue) => toProblems(issue, issueContext)) }
}

function toCheckedSchema(value: unknown): typeof configSchema {
  return configSchema.superRefine(
    (settings, context) => {
      for (const { path, message, advice, onlyIfWritten } of crossCheck(settings)) {
        if (onlyIfWritten === true && valueAt(value, path) === undefined) continue
        context.addIssue({ code: 'custom', path: [...path], message, params: { advice }, input: settings })
      }
    },
    // Also when something else is wrong, which is why crossCheck trusts nothing.
    { when: () => true },
  )
}

/** `metrics:` with nothing below it, as it is left when its lines are commented out, means the same as no `metrics` at all. */
function withoutEmpty(value: unknown, node: FieldNode | undefined): unknown {
  if (node === undefined) return value
  if (Array.isArray(value)) return value.map((entry) => withoutEmpty(entry, node.item))
  if (!isMap(value)) return value
  const isEmpty = (key: string): boolean => value[key] === null && node.fields.get(key)?.required === false
  const kept = Object.keys(value).filter((key) => !isEmpty(key))
  return Object.fromEntries(kept.map((key) => [key, withoutEmpty(value[key], node.fields.get(key))]))
}

/** What `${env:…}` brings is text; where the schema wants a number or a truth value, it is read as one. */
function withTypes(value: unknown, { written }: ValidateContext): unknown {
  if (written.size === 0) return value
  let result = value
  for (const issue of configSchema.safeParse(value).error?.issues ?? []) {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    const text = valueAt(value, path)
    if (issue.code !== 'invalid_type' || typeof text !== 'string' || !written.has(printPath(path))) continue
    const read = issue.expected === 'boolean' ? readTruth(text) : readNumber(text)
    result = withValue(result, path, read ?? text)
  }
  return result
}

function readTruth(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

function readNumber(text: string): number | undefined {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}
