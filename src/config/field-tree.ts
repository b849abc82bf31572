// The configuration schema as a plain tree: what a key is called, what it means, how it is written, what it is by default.
// The reference page, the printed configuration and the messages read this; only this file knows the schema library's insides.
import { z } from 'zod'
import { forms, type Form } from './fields.ts'
import type { ConfigPath } from './path.ts'

export interface FieldNode {
  readonly description: string | undefined
  readonly required: boolean
  /** As people would write it; undefined where there is no default. */
  readonly fallback: unknown
  /** How a value is written, in words. */
  readonly type: string
  readonly form: Form | undefined
  /** Keys of a map; empty for everything else. */
  readonly fields: ReadonlyMap<string, FieldNode>
  /** Entries of a list. */
  readonly item: FieldNode | undefined
  /** A sentence that replaces the schema's own for a value of the wrong kind or out of range. */
  readonly expectation: string | undefined
  /** The only values possible, where they are listed. */
  readonly values: readonly string[]
}

interface Unwrapped {
  readonly schema: z.core.$ZodType
  readonly required: boolean
  readonly fallback: unknown
  readonly description: string | undefined
  readonly form: Form | undefined
}

const TYPE_OF_FORM: Readonly<Record<Form, string>> = {
  duration: 'duration',
  size: 'size',
  ratio: 'ratio',
  address: 'address',
  url: 'URL',
  secret: 'secret',
  hash: 'hash',
  instant: 'moment',
  network: 'network',
  concurrency: 'whole number from 1, `auto`',
  pause: 'duration, `off`',
  rates: 'limit or list of limits',
  slots: 'whole number',
  tokens: 'number of tokens',
  price: 'price',
  state: 'URL',
  number: 'number',
  sli: '`availability` or threshold',
  sloWindow: 'days, `month`',
  target: 'threshold or map',
  timeOfDay: 'time of day',
  store: '`sqlite`, `off`, URL',
}

export function toFieldTree(schema: z.core.$ZodType): FieldNode {
  const unwrapped = unwrap(schema)
  const { schema: inner, ...rest } = unwrapped
  const node = {
    ...rest,
    fields: new Map<string, FieldNode>(),
    item: undefined,
    values: [],
    type: '',
    expectation: undefined,
  }
  if (rest.form !== undefined) return { ...node, type: TYPE_OF_FORM[rest.form] }
  if (inner instanceof z.ZodObject) return { ...node, type: 'map', fields: toFields(inner) }
  if (inner instanceof z.ZodDiscriminatedUnion)
    return { ...node, type: 'map', fields: toFieldsOfKinds(inner) }
  if (inner instanceof z.ZodLiteral) {
    const values = [...inner.values].map(String)
    return { ...node, type: values.map((value) => `\`${value}\``).join(', '), values }
  }
  if (inner instanceof z.ZodArray) {
    const item = toFieldTree(inner.element)
    return { ...node, type: item.fields.size > 0 ? 'list of maps' : `list of ${item.type}`, item }
  }
  if (inner instanceof z.ZodEnum) {
    const values = inner.options.map(String)
    return { ...node, type: values.map((value) => `\`${value}\``).join(', '), values }
  }
  if (inner instanceof z.ZodNumber) {
    const type = printRange(inner)
    return { ...node, type, expectation: `expected a ${type}` }
  }
  if (inner instanceof z.ZodBoolean) return { ...node, type: '`true`, `false`' }
  return { ...node, type: 'text' }
}

/** The node for a path; list positions lead to the node of the entries. */
export function nodeAt(root: FieldNode, path: ConfigPath): FieldNode | undefined {
  let node: FieldNode | undefined = root
  for (const step of path) node = typeof step === 'number' ? node?.item : node?.fields.get(step)
  return node
}

function toFields(schema: z.ZodObject): ReadonlyMap<string, FieldNode> {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape
  return new Map(Object.entries(shape).map(([key, field]) => [key, toFieldTree(field)]))
}

/** Maps of several kinds as one map with the keys of all; what only some kinds ask for is said to be so. */
function toFieldsOfKinds(union: z.ZodDiscriminatedUnion): ReadonlyMap<string, FieldNode> {
  const { discriminator } = union.def
  const kinds = union.options.map((option) => ({
    fields: toFieldTree(option).fields,
    kind: toFieldTree(option).fields.get(discriminator)?.values.join() ?? '',
  }))
  const keys = new Set(kinds.flatMap(({ fields }) => [...fields.keys()]))
  return new Map(
    [...keys].flatMap((key) => {
      const having = kinds.flatMap(({ fields, kind }) => {
        const field = fields.get(key)
        return field === undefined ? [] : [{ field, kind }]
      })
      const merged = mergeFields(key === discriminator, having, kinds.length)
      return merged === undefined ? [] : [[key, merged] as const]
    }),
  )
}

interface FieldOfKind {
  readonly field: FieldNode
  readonly kind: string
}

function mergeFields(isKind: boolean, having: readonly FieldOfKind[], kinds: number): FieldNode | undefined {
  const [first] = having
  if (first === undefined) return undefined
  const values = [...new Set(having.flatMap(({ field }) => field.values))]
  const descriptions = new Set(having.map(({ field }) => field.description))
  const printed = having.map(({ field, kind }) => `\`${kind}\`: ${field.description ?? ''}`).join(' ')
  const isPartial = having.length < kinds || descriptions.size > 1
  return {
    ...first.field,
    required: having.length === kinds && having.every(({ field }) => field.required),
    description: isPartial ? printed : first.field.description,
    values,
    type: isKind ? values.map((value) => `\`${value}\``).join(', ') : first.field.type,
    expectation: isKind ? `expected one of ${values.join(', ')}` : first.field.expectation,
  }
}

/** Takes off what stands around a value: default, optional, transform. The outermost description wins. */
function unwrap(schema: z.core.$ZodType): Unwrapped {
  const description = z.globalRegistry.get(schema)?.description
  const form = forms.get(schema)?.form
  const around = (inner: z.core.$ZodType, change: Partial<Unwrapped>): Unwrapped => {
    const unwrapped = unwrap(inner)
    return {
      ...unwrapped,
      ...change,
      description: description ?? unwrapped.description,
      form: form ?? unwrapped.form,
    }
  }
  if (schema instanceof z.ZodPrefault) {
    return around(schema.def.innerType, { required: false, fallback: schema.def.defaultValue })
  }
  if (schema instanceof z.ZodOptional) return around(schema.def.innerType, { required: false })
  // What is preprocessed is described by what comes out of it, everything else by what goes in.
  if (schema instanceof z.ZodPipe) {
    return around(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in, {})
  }
  return { schema, required: true, fallback: undefined, description, form }
}

function printRange(schema: z.ZodNumber): string {
  const { minValue, maxValue } = schema
  const least = minValue === null || minValue <= Number.MIN_SAFE_INTEGER ? '' : ` from ${minValue}`
  const most = maxValue === null || maxValue >= Number.MAX_SAFE_INTEGER ? '' : ` to ${maxValue}`
  return `whole number${least}${most}`
}
