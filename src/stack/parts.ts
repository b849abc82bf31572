// THE LIST OF PARTS of a stack. A component adds its folder with one line here; what is in the files is its own business.
import { renderAlertmanager } from './alertmanager/alertmanager.ts'
import { renderCompose } from './compose/compose.ts'
import { renderFiles } from './files/files.ts'
import { renderGrafana } from './grafana/grafana.ts'
import { renderLoki } from './loki/loki.ts'
import { renderKubernetes } from './kubernetes/kubernetes.ts'
import { isPlainPath } from './path.ts'
import { renderPrometheus } from './prometheus/prometheus.ts'
import { renderReverseProxy } from './reverse-proxy/reverse-proxy.ts'
import { renderRules } from './rules/render.ts'
import { renderSystemd } from './systemd/systemd.ts'
import type { RenderPart, StackFile, StackInput } from './stack.ts'

/** Each is pure and makes no file where it has nothing to say. Order does not matter: files are sorted by path. */
export const PARTS: readonly RenderPart[] = [
  renderPrometheus,
  renderAlertmanager,
  renderRules,
  renderGrafana,
  renderCompose,
  renderKubernetes,
  renderSystemd,
  renderReverseProxy,
  renderLoki,
  renderFiles,
]

/** Every file of the stack, sorted by path. */
export function renderStack(input: StackInput, parts: readonly RenderPart[] = PARTS): readonly StackFile[] {
  const files = new Map<string, StackFile>()
  for (const file of parts.flatMap((part) => part(input))) {
    assertPlain(file)
    if (files.has(file.path)) throw new RangeError(`two parts of the stack write ${file.path}`)
    files.set(file.path, file)
  }
  return [...files.values()].toSorted((left, right) => (left.path < right.path ? -1 : 1))
}

/** Mistakes of who wrote a part, not of who uses it. */
function assertPlain({ path, text }: StackFile): void {
  if (!isPlainPath(path)) throw new RangeError(`not a path below the folder of the stack: ${path}`)
  if (!/[^\n]\n$/.test(text)) throw new RangeError(`${path} does not end in exactly one newline`)
  if (text.includes('\r')) throw new RangeError(`${path} holds a carriage return, which comparing cannot see`)
}
