// What the numbers in Feishu's answers mean, as its page on custom bots and its list of general error codes have them. Data only.
import type { Meaning, RobotTable } from '../http/robot-answer.ts'

/** Its limits are counted by the second and by the minute. */
const BUSY_MS = 5_000
const MINUTE_MS = 60_000

const failed = (why: string): Meaning => ({ result: 'failed', why })

export const FEISHU_ANSWERS: RobotTable = {
  name: 'Feishu',
  // The second pair is that of the first version of the interface, which some answers still have.
  codeKeys: ['code', 'StatusCode'],
  textKeys: ['msg', 'StatusMessage'],
  meanings: new Map<number, Meaning>([
    [0, { result: 'ok' }],
    // Also the answer to everybody at full and half hours.
    [11232, { result: 'retry', why: 'too many messages', afterMs: BUSY_MS }],
    [11233, { result: 'retry', why: 'too many messages', afterMs: BUSY_MS }],
    // The gateway in front of it says this to too much, and to what it cannot read.
    [
      9499,
      { result: 'retry', why: 'too many messages, or one that it does not understand', afterMs: MINUTE_MS },
    ],
    [99991400, { result: 'retry', why: 'too many messages in a minute', afterMs: MINUTE_MS }],
    [10003, failed('it does not understand the message')],
    [19001, failed('the token in the URL is not that of a bot')],
    [19002, failed('it does not understand the message')],
    [19021, failed('the secret is not that of the bot, or the clock of this machine is wrong by an hour')],
    [19022, failed('the bot does not take messages from the address of this machine')],
    [19024, failed('a keyword that the bot asks for is missing')],
    [19036, failed('the bot was switched off')],
    [11246, failed('it does not understand the card')],
    [230099, failed('it does not understand the card')],
  ]),
}
