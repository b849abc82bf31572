// Takes the processor's nearer caches away from whatever is measured next. In the gateway the work for 64 requests lies between
// two batches of records; in a bare loop the readers would find everything where they left it, which flatters them.

/** Twice the second-level cache of current server cores (1 to 2 MB). */
const SWEPT_BYTES = 4 * 1024 * 1024
const CACHE_LINE_BYTES = 64

export function createCacheSweep(): () => void {
  const memory = new Uint8Array(SWEPT_BYTES)
  return () => {
    // Written to, because pages that were only ever read are all the same one.
    for (let at = 0; at < SWEPT_BYTES; at += CACHE_LINE_BYTES) memory[at] = ((memory[at] ?? 0) + 1) & 0xff
  }
}
