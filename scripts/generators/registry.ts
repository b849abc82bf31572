// THE LIST OF GENERATED FILES. To add one: write a generator beside this file and add its line here.
import { cliPage } from './cli-page.ts'
import { configPage } from './config-page.ts'
import { configSchema } from './config-schema.ts'
import { errorsPage } from './errors-page.ts'
import type { Generator } from './generator.ts'
import { metricsPage } from './metrics-page.ts'

export const GENERATORS: readonly Generator[] = [errorsPage, configPage, configSchema, cliPage, metricsPage]
