// THE LIST OF GENERATED FILES. To add one: write a generator beside this file and add its line here.
import { errorsPage } from './errors-page.ts'
import type { Generator } from './generator.ts'

export const GENERATORS: readonly Generator[] = [errorsPage]
