// Reads an exposition page back into numbers.
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function parseExposition(page: string): Sample[] {
  const samples: Sample[] = []
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*?)\})? (\S+)/.exec(line)
    if (match?.[1] === undefined) continue
    const labels = Object.fromEntries(
      [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [
        pair[1] ?? '',
        pair[2] ?? '',
      ]),
    )
    samples.push({ name: match[1], labels, value: Number(match[3]) })
  }
  return samples
}

/** The sum over every series of `name` whose labels include these. */
export function sumOf(page: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  let sum = 0
  for (const sample of parseExposition(page)) {
    if (sample.name !== name) continue
    if (Object.entries(labels).every(([key, value]) => sample.labels[key] === value)) sum += sample.value
  }
  return sum
}
