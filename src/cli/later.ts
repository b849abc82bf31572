// Commands that people may have read about and that this version does not have yet. An entry leaves when its command comes.

/** By name, with the words before it: what it will do. */
export const LATER_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['demo', 'showing Weir with traffic of its own'],
])
