// Colour for terminals, or none: who cannot see it, or asked for none, gets the same words.

export interface Paint {
  (text: string, colour: Colour): string
}

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, grey: 90, bold: 1 } as const
export type Colour = keyof typeof CODES

export const paintNothing: Paint = (text) => text
export const paintAnsi: Paint = (text, colour) =>
  text === '' ? '' : `\u001b[${CODES[colour]}m${text}\u001b[0m`

/** https://no-color.org: set to anything but nothing. */
export function choosePaint(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const { NO_COLOR = '', TERM } = env
  return isTerminal && NO_COLOR === '' && TERM !== 'dumb' ? paintAnsi : paintNothing
}

export function colourOfStatus(status: number): Colour | undefined {
  if (status >= 500) return 'red'
  return status >= 400 ? 'yellow' : undefined
}
