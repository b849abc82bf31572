// How the situations of the generated tests are written down: minutes that go well, minutes of trouble, and minutes after it,
// in the notation of promtool. Numbers only.

/** How long it goes well before. */
export const TROUBLE_FROM_MINUTE = 20
const TROUBLE_MINUTES = 45
/** Long enough for a window of half an hour to forget. */
const AFTER_MINUTES = 45

const END_MINUTE = TROUBLE_FROM_MINUTE + TROUBLE_MINUTES

/** `AxN` is N + 1 samples. */
export const TAPE = {
  troubleMinutes: TROUBLE_MINUTES,
  /** Of the last sample of the trouble. */
  troubleEnd: END_MINUTE,
  end: END_MINUTE + AFTER_MINUTES,
  /** A gauge that has one value in good times and another while there is trouble. */
  gauge: (good: number, bad: number): string =>
    `${good}x${TROUBLE_FROM_MINUTE} ${bad}x${TROUBLE_MINUTES - 1} ${good}x${AFTER_MINUTES - 1}`,
  /** A counter that grows by so much each minute. */
  counter: (good: number, bad: number): string => {
    const atStart = good * TROUBLE_FROM_MINUTE
    const atEnd = atStart + bad * TROUBLE_MINUTES
    return [
      `0+${good}x${TROUBLE_FROM_MINUTE}`,
      `${atStart + bad}+${bad}x${TROUBLE_MINUTES - 1}`,
      `${atEnd + good}+${good}x${AFTER_MINUTES - 1}`,
    ].join(' ')
  },
  /** The same all the time. */
  steadyGauge: (value: number): string => `${value}x${END_MINUTE + AFTER_MINUTES}`,
  steadyCounter: (perMinute: number): string => `0+${perMinute}x${END_MINUTE + AFTER_MINUTES}`,
} as const
