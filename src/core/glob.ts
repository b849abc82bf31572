// Names with `*` in them. Plain searching from left to right: no regular expression, so nothing to blow up.

/** Says whether a name matches; made once, asked for every request. */
export type Glob = (name: string) => boolean

/** `*` stands for any run of characters, also none and also `/`; every other character stands for itself. */
export function parseGlob(pattern: string): Glob {
  const parts = pattern.split('*')
  const prefix = parts[0] ?? ''
  if (parts.length === 1) return (name) => name === prefix
  const suffix = parts[parts.length - 1] ?? ''
  const middles = parts.slice(1, -1).filter((part) => part !== '')
  const shortest = prefix.length + suffix.length
  return (name) =>
    name.length >= shortest &&
    name.startsWith(prefix) &&
    name.endsWith(suffix) &&
    containsInOrder(name.slice(prefix.length, name.length - suffix.length), middles)
}

/** The leftmost place for each part leaves the most room for the rest, so there is never a reason to go back. */
function containsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return true
}
