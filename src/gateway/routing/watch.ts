// The watch over a fleet: several times a second it goes through the attempts that are under way and lets each backend's post
// judge by them. One pass over all of them, so that no request pays for being watched.
import { UpstreamAttempt } from '../upstream/attempt.ts'
import type { Deadlines } from '../upstream/deadline.ts'
import type { Backend } from './backend.ts'
import { Post, type PostInput } from './post.ts'

/** How exactly the end of a load is seen, and how soon a backend that is hung. */
export const WATCH_EVERY_MS = 500

export type WatchInput = Omit<PostInput, 'backend'> & { readonly backends: readonly Backend[] }

export class Watch {
  readonly #posts: ReadonlyMap<Backend, Post>

  constructor(input: WatchInput) {
    this.#posts = new Map(input.backends.map((backend) => [backend, new Post({ ...input, backend })]))
  }

  tick(deadlines: Deadlines, nowMs: number): void {
    deadlines.forEach((entry) => {
      if (!(entry instanceof UpstreamAttempt)) return
      const post = this.#posts.get(entry.backend)
      // Of a backend that the present configuration does not have any more: nobody new will wait for its load.
      if (post === undefined) entry.releaseDetached()
      else post.note(entry, nowMs)
    })
    for (const post of this.#posts.values()) post.tick(nowMs)
  }

  /** Asks every backend now. */
  async probeAll(): Promise<void> {
    await Promise.all([...this.#posts.values()].map((post) => post.probe()))
  }
}

/** Ends what was kept for the sake of a load: nobody will be served any more. */
export function endDetached(deadlines: Deadlines): void {
  deadlines.forEach((entry) => {
    if (entry instanceof UpstreamAttempt) entry.releaseDetached()
  })
}
