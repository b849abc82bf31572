// One thing that is looked for in a text, and how it is replaced. Nothing here knows what the things are.

export interface Rule {
  /** Stands in the place of what was found, in brackets. */
  readonly name: string
  /** Global. Every repetition is either bounded or of one class with nothing behind it to give back to: time stays linear. */
  readonly pattern: RegExp
  /** Without any of these in the text it is not searched: finding none is much cheaper. */
  readonly needs?: readonly string[]
  /** Says no to what merely looks like it. The search then goes on one character further, so matches must be short. */
  readonly isReal?: (match: string) => boolean
  /** Where what begins here ends, if not with the match; undefined when it is not real. */
  readonly endOf?: (text: string, start: number) => number | undefined
}

/** A text, and the same with every character at the same place in the form in which it is searched. */
export interface Searched {
  readonly text: string
  readonly view: string
}

export function applyRule(searched: Searched, rule: Rule): Searched {
  const { text, view } = searched
  if (rule.needs !== undefined && !rule.needs.some((part) => view.includes(part))) return searched
  const mark = `[${rule.name}]`
  const { pattern } = rule
  let newText = ''
  let newView = ''
  let done = 0
  pattern.lastIndex = 0
  for (let match = pattern.exec(view); match !== null; match = pattern.exec(view)) {
    const start = match.index
    const end = endOf(rule, match[0], { view, start })
    if (end === undefined) {
      pattern.lastIndex = start + 1
      continue
    }
    newText += text.slice(done, start) + mark
    if (text !== view) newView += view.slice(done, start) + mark
    done = end
    pattern.lastIndex = end
  }
  if (done === 0) return searched
  newText += text.slice(done)
  return { text: newText, view: text === view ? newText : newView + view.slice(done) }
}

function endOf(rule: Rule, match: string, at: { view: string; start: number }): number | undefined {
  if (rule.isReal !== undefined && !rule.isReal(match)) return undefined
  return rule.endOf === undefined ? at.start + match.length : rule.endOf(at.view, at.start)
}
