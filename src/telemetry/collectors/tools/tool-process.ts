// One run of a tool: started in a group of its own so that it can be ended with all that it started, without standard input, and
// with no more of our environment than it needs: secrets stand there.
import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'

export interface ToolProcess {
  /** Ends it at once. `onEnd` still comes, when the system has really let go of it. */
  kill(): void
}

export interface ToolEvents {
  readonly onText: (text: string) => void
  /** Once, whatever happened. Undefined: it ended by itself and said that all was well. */
  readonly onEnd: (problem: string | undefined) => void
}

export interface ToolRun {
  readonly file: string
  readonly parameters: readonly string[]
  readonly clock: Clock
}

export type StartTool = (run: ToolRun, events: ToolEvents) => ToolProcess

const PASSED_ON = [
  ...['PATH', 'HOME', 'LD_LIBRARY_PATH', 'ROCM_PATH', 'PYTHONPATH'],
  ...['NVIDIA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'SystemRoot'],
]

/** Something it started may hold its output open for ever. */
const OUTPUT_GRACE_MS = 500

export function createToolStarter(env: Readonly<Record<string, string | undefined>>): StartTool {
  const passed = Object.fromEntries(
    PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  )
  return ({ file, parameters, clock }, { onText, onEnd }) => {
    const child = spawn(file, parameters, {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      // Numbers with a comma in them belong to a locale.
      env: { ...passed, LC_ALL: 'C' },
    })
    // It must not keep this process alive; its output would, too.
    child.unref()
    ;(child.stdout as Socket).unref()
    let problem: string | undefined
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      onEnd(problem)
    }
    child.stdout.setEncoding('utf8').on('data', onText)
    child.once('error', (error) => {
      problem = error.message
      // A program that could not be started never closes.
      if (child.pid === undefined) end()
    })
    child.once('exit', (code, signal) => {
      if (code !== 0) problem ??= code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`
      clock.after(OUTPUT_GRACE_MS, () => {
        child.stdout.destroy()
        end()
      })
    })
    child.once('close', end)
    return { kill: () => killGroup(child) }
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No group of its own, or gone already.
    child.kill('SIGKILL')
  }
}
