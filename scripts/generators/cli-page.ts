// docs/reference/cli.md: every command and flag.
import { printCliReference } from '../../src/cli/docs.ts'
import { generatedNotice, type Generator } from './generator.ts'

const FROM = 'src/cli/commands/'

export const cliPage: Generator = {
  target: 'docs/reference/cli.md',
  from: FROM,
  write: () => generatedNotice(FROM) + printCliReference(),
}
