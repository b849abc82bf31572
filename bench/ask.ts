// One message to a process of the benchmark, and its answer. One at a time: answers carry no number.
import type { Running } from './nursery.ts'

/** Longer than any order takes; a process that is stuck must not hold the run. */
const ANSWER_WITHIN_MS = 60_000

export function ask(running: Running, message: object): Promise<unknown> {
  const { child } = running
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(new Error(`${running.name} did not answer`)), ANSWER_WITHIN_MS)
    const onExit = (): void => finish(new Error(`${running.name} ended`))
    const onMessage = (answer: unknown): void => finish(undefined, answer)
    const finish = (problem: Error | undefined, answer?: unknown): void => {
      clearTimeout(timer)
      child.off('exit', onExit)
      child.off('message', onMessage)
      if (problem === undefined) resolve(answer)
      else reject(problem)
    }
    child.once('exit', onExit)
    child.once('message', onMessage)
    child.send(message)
  })
}
