// How the situations of the generated tests are written down: minutes that go well, minutes of trouble, and minutes after it,
// in the notation of promtool. Numbers only.

/** How long it goes well before. */
export const TROUBLE_FROM_MINUTE = 10
const TROUBLE_MINUTES = 30
/** Long enough for a window of half an hour to forget. */
const AFTER_MINUTES = 40

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
  /** Trouble that is over after so many minutes. */
  blip: (good: number, bad: number, minutes: number): string =>
    `${good}x${TROUBLE_FROM_MINUTE} ${bad}x${minutes - 1} ${good}x${TROUBLE_MINUTES - minutes + AFTER_MINUTES - 1}`,
  /** Another value from the beginning of the trouble on, or from so many minutes later. */
  step: (before: number, after: number, laterMinutes = 0): string => {
    const at = TROUBLE_FROM_MINUTE + laterMinutes
    return `${before}x${at} ${after}x${END_MINUTE + AFTER_MINUTES - at - 1}`
  },
  /** No value while there is trouble. */
  gap: (value: number): string =>
    `${value}x${TROUBLE_FROM_MINUTE} stale _x${TROUBLE_MINUTES - 1} ${value}x${AFTER_MINUTES - 1}`,
  /** A counter that is not there before the trouble. */
  bornCounter: (perMinute: number): string => {
    const counted = `0+${perMinute}x${TROUBLE_MINUTES}`
    return `_x${TROUBLE_FROM_MINUTE} ${counted} ${perMinute * TROUBLE_MINUTES}x${AFTER_MINUTES - 1}`
  },
} as const
