// What is said of a program whose address was not given: which flag names it, and whether one answers where it usually is.
import type { Asked, Places } from '../check.ts'
import { skip, type Finding } from '../finding.ts'

/** Where each usually is, a page by which it is known, and what stands on it. */
const USUAL: Readonly<Record<keyof Places, readonly [url: string, path: string, sign: RegExp] | undefined>> =
  {
    prometheus: ['http://127.0.0.1:9090', '/-/ready', /^Prometheus/],
    alertmanager: ['http://127.0.0.1:9093', '/api/v2/status', /"versionInfo"/],
    grafana: ['http://127.0.0.1:3000', '/api/health', /"database"/],
    proxy: undefined,
  }

export async function skipWithout({ asker }: Asked, place: keyof Places): Promise<Finding> {
  const usual = USUAL[place]
  if (usual === undefined) return skip(`--${place} URL names it`)
  const [url, path, sign] = usual
  const told = await asker.ask({ url: `${url}${path}`, timeoutMs: GLANCE_MS })
  const isThere = 'page' in told && told.page.status === 200 && sign.test(told.page.text)
  return isThere ? skip(`one answers at ${url}`, `--${place} ${url}`) : skip(`--${place} URL names it`)
}

const GLANCE_MS = 1_000
