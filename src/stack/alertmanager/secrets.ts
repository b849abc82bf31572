// The files that hold what an Alertmanager must not have in its configuration: how they are called, where they lie, what
// belongs in them. It holds no secret.
import { SECRETS_FOLDER, toSecretName } from '../gateway-file/secret-names.ts'
import type { StackInput } from '../stack.ts'

type Path = readonly (string | number)[]

export interface AlertmanagerSecret {
  /** Of the file. */
  readonly name: string
  /** As the configuration of Alertmanager names it. */
  readonly file: string
  /** A sentence for who fills it. */
  readonly holds: string
}

/** Of the Kubernetes Secret that Alertmanager's resource is to name under `spec.secrets`; the Prometheus operator mounts it so. */
export const OPERATOR_SECRET = 'weir-alertmanager'

/**
 * In compose, where the gateway's own secrets lie: the same file serves both. By hand, beside the configuration, and found when
 * Alertmanager is started there: it takes some of these paths from where it was started, and others from its configuration.
 */
const FOLDERS = {
  compose: SECRETS_FOLDER,
  kubernetes: `/etc/alertmanager/secrets/${OPERATOR_SECRET}`,
  files: 'secrets',
} as const

export function toAlertmanagerSecret(
  input: Pick<StackInput, 'target' | 'config'>,
  path: Path,
  holds: string,
): AlertmanagerSecret {
  const name = toSecretName(path, input.config)
  return { name, file: `${FOLDERS[input.target]}/${name}`, holds }
}
