// What the command line asks of a stack: write its files, or compare them. It resolves the configuration into what files are made
// from; what is in them belongs to the parts.
import { join } from 'node:path'
import type { Config } from '../config/resolve.ts'
import { toServiceLevels } from '../slo/resolve.ts'
import { adviseOnStack } from '../stack/advise.ts'
import { isThere, StackFolderError } from '../stack/disk.ts'
import { renderStack } from '../stack/parts.ts'
import { toPlaces } from '../stack/places.ts'
import type { StackInput, StackTarget } from '../stack/stack.ts'
import { readTarget, surveyStack, type SurveyedFile } from '../stack/survey.ts'
import { writeStack, type WriteReport } from '../stack/write.ts'

export { StackFolderError }
export { printSurvey, toSurveyJson } from '../stack/diff.ts'
export { toNextSteps } from '../stack/next-steps.ts'
export type { WriteReport, WrittenFile } from '../stack/write.ts'

export interface StackQuestion {
  readonly config: Config
  /** An absolute path. */
  readonly folder: string
  /** Without one: as it was written last; in a new folder for compose. */
  readonly target: StackTarget | undefined
  readonly version: string
}

export interface InitReport extends WriteReport {
  readonly input: StackInput
  readonly advice: readonly string[]
}

export interface DiffReport {
  readonly target: StackTarget
  readonly files: readonly SurveyedFile[]
  /** Nothing was ever written there. */
  readonly isNew: boolean
  readonly isManifestBroken: boolean
}

const USUAL_TARGET: StackTarget = 'compose'

/** Rejects with a StackFolderError. */
export async function initStack(question: StackQuestion & { readonly force: boolean }): Promise<InitReport> {
  const { folder, force } = question
  const input = toStackInput(question.config, await toSettings(question))
  const report = await writeStack({ folder, target: input.target, files: renderStack(input), force })
  return { ...report, input, advice: adviseOnStack(input) }
}

/** Rejects with a StackFolderError. */
export async function diffStack(question: StackQuestion): Promise<DiffReport> {
  const settings = await toSettings(question)
  const input = toStackInput(question.config, settings)
  const { files, manifest, isManifestBroken } = await surveyStack(question.folder, renderStack(input))
  return { target: settings.target, files, isNew: manifest === undefined, isManifestBroken }
}

interface StackSettings {
  readonly target: StackTarget
  readonly version: string
}

async function toSettings({ folder, target, version }: StackQuestion): Promise<StackSettings> {
  const known = target ?? (await readTarget(folder))
  if (known === undefined && (await isThere(join(folder, PROMETHEUS_FOLDER))))
    throw new StackFolderError(
      `${folder} holds files for Prometheus already, and no .weir-stack.json that says for which target: say it with --target`,
    )
  return { target: known ?? USUAL_TARGET, version }
}

/** Every target has it. Guessed wrongly, files of two targets would lie in one folder. */
const PROMETHEUS_FOLDER = 'prometheus'

/** A gateway that runs in the stack leaves telling people to the Alertmanager beside it, unless the file says otherwise. */
export function toStackInput(config: Config, { target, version }: StackSettings): StackInput {
  const places = toPlaces(target, config)
  const { objectives, rules } = toServiceLevels(config.serviceLevels)
  const { deliver = target === 'files' ? undefined : 'alertmanager' } = config.alerting
  return {
    ...{ target, places, version },
    config: { ...config, alerting: { ...config.alerting, deliver } },
    rules: { objectives, thresholds: rules, options: { job: places.job, labels: {}, matchers: {} } },
  }
}
