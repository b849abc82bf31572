// What things are called in the cluster. One name for one installation: Prometheus takes the name of the service for the job.
import { GATEWAY_JOB, NAMESPACE } from '../places.ts'

export const APP = GATEWAY_JOB
export { NAMESPACE }
/** Where the Prometheus operator and Grafana usually live. */
export const MONITORING_NAMESPACE = 'monitoring'
export const SELECTOR = { 'app.kubernetes.io/name': APP } as const
export const CONFIG_MAP = 'weir-config'
export const SECRET = 'weir'
export const DATA_CLAIM = 'weir-data'
/** As the Dockerfile has it. */
export const GATEWAY_UID = 10_001

export function toMetadata(name: string = APP) {
  return { name, labels: SELECTOR }
}
