// What things are called in the cluster. One name for one installation: Prometheus takes the name of the service for the job.
import { GATEWAY_JOB, MONITORING_NAMESPACE, NAMESPACE } from '../places.ts'

export const APP = GATEWAY_JOB
export { MONITORING_NAMESPACE, NAMESPACE }
export const SELECTOR = { 'app.kubernetes.io/name': APP } as const
export const CONFIG_MAP = 'weir-config'
export const SECRET = 'weir'
export const DATA_CLAIM = 'weir-data'
/** As the Dockerfile has it. */
export const GATEWAY_UID = 10_001

export function toMetadata(name: string = APP) {
  return { name, labels: SELECTOR }
}
