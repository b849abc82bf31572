// The real world of a command: this process, its signals, this machine. What is slow to load is loaded when it is needed.
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import process from 'node:process'
import { holdProcess, systemClock } from '../core/clock.ts'
import { systemIds } from '../core/ids.ts'
import { readBuild } from './build.ts'
import type { Signals } from '../app/asked.ts'
import type { World } from './world.ts'

/** src/cli/ in a checkout and dist/cli/ in a package are equally deep. */
const ROOT = dirname(dirname(import.meta.dirname))

export function createSystemWorld(): World {
  endQuietlyOnBrokenPipe()
  return {
    env: process.env,
    cwd: process.cwd(),
    streams: { stdout: process.stdout, stderr: process.stderr },
    signals,
    ids: systemIds,
    clock: systemClock,
    readBuild: () => readBuild(ROOT),
    readUserName,
    async serve(context) {
      const { serve } = await import('../app/serve.ts')
      return serve(context)
    },
    async explainRoute(question) {
      const { explainRoute } = await import('../app/explain-route.ts')
      return explainRoute(question)
    },
    async openAlertDesk(question) {
      const { openAlertDesk } = await import('../app/alert-desk.ts')
      return openAlertDesk(question, { clock: systemClock, ids: systemIds })
    },
    async testReceiver(question) {
      const { testReceiver } = await import('../app/alert-desk.ts')
      // While it waits for an answer, what it waits for may be a timer alone.
      const release = holdProcess()
      return testReceiver(question, { clock: systemClock, ids: systemIds }).finally(release)
    },
  }
}

/** Containers have no USER; an account without an entry has no name either. */
function readUserName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

const signals: Signals = {
  on(signal, callback) {
    process.on(signal, callback)
    return () => void process.off(signal, callback)
  },
}

/** `weir check --print yaml | head -1` closes the pipe early; that is no failure of ours. */
function endQuietlyOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}
