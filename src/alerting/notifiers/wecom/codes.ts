// What the numbers in WeCom's answers mean, as its list of global error codes has them. Data only.
import type { Meaning, RobotTable } from '../http/robot-answer.ts'

const MINUTE_MS = 60_000
const BUSY_MS = 5_000

const failed = (why: string): Meaning => ({ result: 'failed', why })

export const WECOM_ANSWERS: RobotTable = {
  name: 'WeCom',
  codeKeys: ['errcode'],
  textKeys: ['errmsg'],
  meanings: new Map<number, Meaning>([
    [0, { result: 'ok' }],
    [-1, { result: 'retry', why: 'it is busy', afterMs: BUSY_MS }],
    [45009, { result: 'retry', why: 'too many messages in a minute', afterMs: MINUTE_MS }],
    [45033, { result: 'retry', why: 'too many messages at once', afterMs: BUSY_MS }],
    [40008, failed('it does not take messages of this kind')],
    [40058, failed('it does not understand the message, or it is too long')],
    [44004, failed('the message is empty')],
    [45002, failed('the message is too long')],
    [45008, failed('the message is too long')],
    [47001, failed('it does not understand the message')],
    [93000, failed('the key in the URL is not that of a robot')],
    [93004, failed('the robot was switched off')],
    [93008, failed('the robot is not in the group')],
  ]),
}
