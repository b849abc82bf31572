// YAML for people: values with a comment where a reader needs a reason. It knows no component.
import { Document, isMap, isScalar, type Pair } from 'yaml'

export interface Comments {
  /** Stands at the top; lines without their `#`. */
  readonly header: string
  /** By the path of a key, with slashes: `services/weir`. */
  readonly at?: Readonly<Record<string, string>>
  /** Paths of keys that begin after an empty line. */
  readonly spaced?: readonly string[]
}

export function printYaml(value: unknown, { header, at = {}, spaced = [] }: Comments): string {
  // Programs that still read YAML 1.1 take a plain `no` for false and a plain `22:22` for a number.
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' })
  document.commentBefore = toComment(header)
  for (const [path, text] of Object.entries(at)) keyAt(document, path).commentBefore = toComment(text)
  for (const path of spaced) keyAt(document, path).spaceBefore = true
  return document.toString({ lineWidth: 0 })
}

function toComment(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n')
}

function keyAt(document: Document, path: string) {
  const steps = path.split('/')
  const parent = steps.length === 1 ? document.contents : document.getIn(steps.slice(0, -1))
  const pair = isMap(parent) ? parent.items.find((item) => nameOf(item) === steps.at(-1)) : undefined
  const key = pair === undefined ? undefined : toScalarKey(document, pair)
  if (key === undefined) throw new RangeError(`there is no key ${path} that a comment could stand at`)
  return key
}

function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key)
}

/** Keys of a document made from a plain value are scalars already; a comment hangs on those only. */
function toScalarKey(document: Document, pair: Pair) {
  const key = isScalar(pair.key) ? pair.key : document.createNode(pair.key)
  pair.key = key
  return isScalar(key) ? key : undefined
}
