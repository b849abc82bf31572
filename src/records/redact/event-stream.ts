// Cuts the text of an answer into its JSON documents: one, one a line, or one an event (WHATWG HTML 9.2). Nothing is checked here:
// the gateway did that while the answer passed.

/** The documents in their order; undefined for a text that is none of the three forms. */
export function readDocuments(text: string): readonly unknown[] | undefined {
  const begin = text.trimStart()
  if (begin === '') return []
  if (!begin.startsWith('{') && !begin.startsWith('[')) return readEvents(begin)
  const whole = parse(begin)
  if (whole !== undefined) return [whole]
  const lines = begin.split('\n').flatMap((line) => toDocument(line))
  return lines.length === 0 ? undefined : lines
}

function readEvents(text: string): readonly unknown[] | undefined {
  if (!FIELD.test(text)) return undefined
  const documents: unknown[] = []
  let data: string[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) data.push(line.slice('data:'.length))
    else if (line === '') {
      documents.push(...toDocument(data.join('\n')))
      data = []
    }
  }
  // Half an event is no event: what is left in `data` was cut off.
  return documents
}

/** How a stream of events begins; a comment begins with the colon. */
const FIELD = /^\ufeff?(?:data|event|id|retry)?:/

function toDocument(text: string): readonly unknown[] {
  const value = parse(text)
  return value === undefined ? [] : [value]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
