// docs/reference/config.md: every key of the configuration file.
import { printConfigReference } from '../../src/config/docs.ts'
import { generatedNotice, type Generator } from './generator.ts'

const FROM = 'src/*/config.ts'

export const configPage: Generator = {
  target: 'docs/reference/config.md',
  from: FROM,
  write: () => generatedNotice(FROM) + printConfigReference(),
}
