// What the numbers in DingTalk's answers mean, as its list of error codes and its page on custom robots have them. Data only.
import type { Meaning, RobotTable } from '../http/robot-answer.ts'

/** A robot that sent too much is shut out for ten minutes. */
const SHUT_OUT_MS = 600_000
const BUSY_MS = 5_000

const failed = (why: string): Meaning => ({ result: 'failed', why })

export const DINGTALK_ANSWERS: RobotTable = {
  name: 'DingTalk',
  codeKeys: ['errcode'],
  textKeys: ['errmsg'],
  meanings: new Map<number, Meaning>([
    [0, { result: 'ok' }],
    [-1, { result: 'retry', why: 'it is busy', afterMs: BUSY_MS }],
    [130101, { result: 'retry', why: 'too many messages in a minute', afterMs: SHUT_OUT_MS }],
    [410100, { result: 'retry', why: 'too many messages in a minute', afterMs: SHUT_OUT_MS }],
    [40035, failed('it does not understand the message')],
    [43004, failed('it does not understand the message')],
    [300001, failed('the access_token in the URL is not a valid one')],
    [
      310000,
      failed('keyword, signature or address is not what the robot asks for; see its security settings'),
    ],
    [400013, failed('the group was dissolved')],
    [400101, failed('the access_token in the URL does not exist')],
    [400102, failed('the robot was switched off')],
    [400105, failed('it does not take messages of this kind')],
    [400106, failed('the robot does not exist')],
    [430101, failed('it refuses a link in the message')],
    [430102, failed('it refuses the text of the message')],
    [430103, failed('it refuses an image in the message')],
    [430104, failed('it refuses the message')],
    [460101, failed('the message is too long')],
  ]),
}
