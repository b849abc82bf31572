// Parts of the configuration that people may have read about and that this version does not have yet. Each is refused
// by name: a setting that is silently ignored is one that somebody relies on. An entry leaves when its schema arrives.

/** By pattern: what the key will bring. */
export const LATER_KEYS: ReadonlyMap<string, string> = new Map([
  ['console', 'the web console'],
  ['guard', 'content checks'],
  ['metrics.views', 'metrics under names of your own'],
])
