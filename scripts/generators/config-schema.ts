// docs/reference/weir.schema.json: the configuration file for editors.
import { toJsonSchema } from '../../src/config/json-schema.ts'
import type { Generator } from './generator.ts'

export const configSchema: Generator = {
  target: 'docs/reference/weir.schema.json',
  from: 'src/*/config.ts',
  write: () => JSON.stringify(toJsonSchema(), undefined, 2),
}
