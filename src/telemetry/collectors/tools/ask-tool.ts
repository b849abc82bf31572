// Asks a tool one thing and waits for the whole answer, bounded in time and size.
import type { StartTool, ToolRun } from './tool-process.ts'

export type ToolAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string; readonly hung: boolean }

export interface Asking {
  readonly start: StartTool
  readonly timeoutMs: number
  /** Told when it has to be ended: the answer comes only when the system has let go of it, which may be never. */
  readonly onHung?: () => void
}

/** A machine of sixteen GPUs is told of in 300 KB by the wordiest of these tools. */
const MOST_CHARACTERS = 2_097_152

/** Resolves when the process is really gone, so that whoever waits for it never has two of them. Never rejects. */
export function askTool(run: ToolRun, { start, timeoutMs, onHung }: Asking): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const pieces: string[] = []
    let size = 0
    let fault: { problem: string; hung: boolean } | undefined
    const tool = start(run, {
      onText(text) {
        size += text.length
        if (size <= MOST_CHARACTERS) pieces.push(text)
        else if (fault === undefined) {
          fault = { problem: `more than ${MOST_CHARACTERS} characters`, hung: false }
          tool.kill()
        }
      },
      onEnd(problem) {
        stopTimer()
        if (fault !== undefined) resolve({ ok: false, ...fault })
        else if (problem !== undefined) resolve({ ok: false, problem, hung: false })
        else resolve({ ok: true, text: pieces.join('') })
      },
    })
    const stopTimer = run.clock.after(timeoutMs, () => {
      fault ??= { problem: `no end within ${timeoutMs} ms`, hung: true }
      tool.kill()
      onHung?.()
    })
  })
}
