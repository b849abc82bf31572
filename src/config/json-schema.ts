// The schema of the configuration file in the language that editors understand (JSON Schema draft 7).
import { z } from 'zod'
import { forms, nameable, type Form } from './fields.ts'
import { configSchema } from './schema.ts'

/** The dialect that YAML language servers support best. */
const TARGET = 'draft-7'

const ON_FAILURE = { enum: ['open', 'closed'] }

function toMap(properties: object): object {
  const [required] = Object.keys(properties)
  return {
    type: 'object',
    properties: { ...properties, onStateFailure: ON_FAILURE },
    required: [required],
    additionalProperties: false,
  }
}

const RATE_TEXT = { type: 'string', pattern: '/|\\$\\{(env|file):' }
const RATE = { anyOf: [RATE_TEXT, toMap({ rate: RATE_TEXT, burst: { type: ['integer', 'string'] } })] }

/** What zod cannot say of a transformed value: how it is written. */
const WRITTEN: Readonly<Record<Form, object>> = {
  duration: { type: ['string', 'number'], pattern: '^\\s*(0|(\\d+(\\.\\d+)?(ms|[smhdw]))+)\\s*$' },
  size: { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*([kKmMgG][iI]?[bB]|[bB])\\s*$' },
  ratio: { type: ['string', 'number'], pattern: '^\\s*\\d+(\\.\\d+)?(\\s*%)?\\s*$' },
  address: { type: 'string', pattern: '^(unix:.+|(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]*):\\d{1,5})$' },
  url: { type: 'string', pattern: '^https?://' },
  secret: { type: 'string', minLength: 1 },
  hash: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  instant: {
    type: 'string',
    pattern:
      '^\\s*\\d{4}-\\d{2}-\\d{2}([Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?([Zz]|[+-]\\d{2}:\\d{2}))?\\s*$',
  },
  rates: { anyOf: [RATE, { type: 'array', items: RATE, minItems: 1 }] },
  slots: {
    anyOf: [{ type: ['integer', 'string'], minimum: 1 }, toMap({ max: { type: ['integer', 'string'] } })],
  },
  tokens: { type: ['string', 'integer'] },
  price: { type: ['number', 'string'], minimum: 0 },
  state: { type: 'string', pattern: '^rediss?://' },
  store: { type: ['string', 'boolean'], pattern: '^(sqlite|off|postgres(ql)?://)' },
  number: { type: ['number', 'string'] },
  sli: {
    anyOf: [
      { const: 'availability' },
      { type: 'object', minProperties: 1, maxProperties: 1, additionalProperties: { type: 'string' } },
    ],
  },
  sloWindow: { type: 'string', pattern: '^(month|\\d+[dw])$' },
  target: {
    anyOf: [{ type: ['string', 'number'] }, toMap({ threshold: { type: ['string', 'number'] } })],
  },
  timeOfDay: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' },
  network: { type: 'string', pattern: '^[0-9A-Fa-f.:]+(/\\d{1,3})?$' },
  concurrency: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'auto' }] },
  pause: {
    type: ['string', 'number', 'boolean'],
    pattern: '^\\s*(off|0|(\\d+(\\.\\d+)?(ms|[smhdw]))+)\\s*$',
  },
}

/** Any value may come from the environment or a file instead. */
const REFERENCE = { type: 'string', pattern: '\\$\\{(env|file):[^}]+\\}' }

/** Keywords that say which values are allowed; the rest (description, default) says something about them. */
const CONSTRAINTS = [
  'type',
  'pattern',
  'enum',
  'const',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
] as const

type Writable = Record<string, unknown>

export function toJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: TARGET,
    override: ({ zodSchema, jsonSchema }) => {
      const form = forms.get(zodSchema)?.form
      if (form !== undefined) Object.assign(jsonSchema, WRITTEN[form])
      if (nameable.has(zodSchema)) allowName(jsonSchema)
      allowReference(jsonSchema)
    },
  })
  return { $schema: schema.$schema, title: 'Weir configuration', ...schema }
}

function allowName(schema: Writable): void {
  const map = { ...schema }
  for (const key of Object.keys(schema)) delete schema[key]
  schema['anyOf'] = [{ type: 'string' }, map]
}

function allowReference(schema: Writable): void {
  const { type } = schema
  if (type === undefined || type === 'object' || type === 'array') return
  if (type === 'string' && CONSTRAINTS.every((keyword) => keyword === 'type' || !(keyword in schema))) return
  const own: Writable = {}
  for (const keyword of CONSTRAINTS) {
    if (!(keyword in schema)) continue
    own[keyword] = schema[keyword]
    delete schema[keyword]
  }
  schema['anyOf'] = [own, REFERENCE]
}
