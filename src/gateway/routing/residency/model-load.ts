// The load of a model that one attempt waits for: when it began, when it was over, and whether there was one at all.
// Told by looks at `/api/ps`, so it is as exact as they are frequent; it never claims a load that no look bears out.

export class ModelLoad {
  readonly fromMs: number
  #absentMs: number | undefined
  #endedMs: number | undefined
  #wasNone = false

  constructor(fromMs: number) {
    this.fromMs = fromMs
  }

  /** Still under way, as far as is known. */
  get isOpen(): boolean {
    return this.#endedMs === undefined && !this.#wasNone
  }

  /** It certainly had to be loaded: a look that began while it was waited for did not find it. */
  get isCertain(): boolean {
    return this.#absentMs !== undefined && !this.#wasNone
  }

  /** A look that began after the attempt did not find the model. */
  noteAbsent(nowMs: number): void {
    this.#absentMs = nowMs
  }

  /** `listedMs`: since when it is in the list. */
  noteLoaded(listedMs: number): void {
    if (!this.isOpen) return
    // It was loaded for somebody else between the last look and this attempt.
    if (this.#absentMs === undefined && listedMs <= this.fromMs) this.#wasNone = true
    else this.#endedMs = Math.max(this.fromMs, listedMs)
  }

  /**
   * How long it took. Where no look saw its end, the first token did, so that some prefill counts as load; an answer in one piece
   * shows nothing, and only what was seen of the load counts.
   */
  durationMs(firstTokenMs: number | undefined): number | undefined {
    if (this.#wasNone) return undefined
    const endMs = this.#endedMs ?? firstTokenMs ?? this.#absentMs
    return endMs === undefined ? undefined : Math.max(0, endMs - this.fromMs)
  }
}
