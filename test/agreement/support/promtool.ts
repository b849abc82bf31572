// Runs real `promtool test rules` in a folder of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { stringify } from 'yaml'
import { componentOrSkip } from '../../support/component.ts'

export interface PromtoolResult {
  readonly passed: boolean
  /** Everything it printed. */
  readonly output: string
}

/** Comes with Prometheus; undefined where the test is skipped without it. */
export function promtoolOrSkip(context: TestContext): string | undefined {
  const prometheus = componentOrSkip(context, 'prometheus')
  return prometheus === undefined ? undefined : join(dirname(prometheus), 'promtool')
}

/** Files by name, with slashes for folders; texts are written as they are, everything else as YAML. */
export async function runPromtool(
  promtool: string,
  args: readonly string[],
  files: Readonly<Record<string, unknown>>,
): Promise<PromtoolResult> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-promtool-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), typeof content === 'string' ? content : stringify(content))
    }
    const child = spawn(promtool, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    const [code] = (await once(child, 'close')) as [number | null]
    return { passed: code === 0, output: Buffer.concat(chunks).toString('utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
