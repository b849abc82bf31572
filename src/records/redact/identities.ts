// People by what identifies them: addresses, telephone, card and identity numbers. Where there is a check digit, it must hold.
import { endOfIban, isCardNumber, isChineseId } from './checks.ts'
import type { Rule } from './rule.ts'

/** No part of a longer number, of a word (a hash), or of a decimal fraction. */
const AHEAD = '(?<![A-Za-z0-9_]|\\d[.,])'
const BEHIND = '(?![A-Za-z0-9_])'
/** With it also no part of a number that goes on behind a dash, as those of orders and UUIDs do. */
const ENDED = `${BEHIND}(?!-\\d)`

/** Words that people write their number right behind. */
const AHEAD_OF_PHONE = '(?:(?<![A-Za-z0-9_]|\\d[.,-])|(?<=tel|phone|mobile|cell|Tel|Phone|Mobile|Cell|TEL))'

const MOBILE = `(?:(?:\\+|00)?86[ -]?)?1[3-9]\\d(?:\\d{8}|([ .-])\\d{4}\\1\\d{4})${ENDED}`
/** E.164 with its plus: at most 15 digits. */
const INTERNATIONAL = `\\+[1-9]\\d{0,2}[ .-]?(?:\\(\\d{1,4}\\)[ .-]?)?\\d(?:[ .-]?\\d){6,12}${BEHIND}`
const NORTH_AMERICAN = `(?:\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}([ .-]))[2-9]\\d{2}[ .-]\\d{4}${ENDED}`
/** An area code of China, a dash, and seven or eight digits. */
const LANDLINE = `0[1-9]\\d{1,2}-[2-9]\\d{6,7}${ENDED}`

const FEWEST_INTERNATIONAL_DIGITS = 9

export const IDENTITY_RULES: readonly Rule[] = [
  {
    name: 'email',
    needs: ['@', '%40'],
    pattern:
      /(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,7}\.(?:[A-Za-z]{2,24}|xn--[a-z0-9-]{2,59})(?![\w])/g,
  },
  {
    name: 'iban',
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9])/g,
    endOf: endOfIban,
  },
  {
    name: 'cn-id',
    pattern: new RegExp(
      `${AHEAD}[1-9]\\d{5}(?:([ -]?)(?:18|19|20)\\d{6}\\1\\d{3}[\\dXx]|\\d{9})${BEHIND}`,
      'g',
    ),
    isReal: isChineseId,
  },
  {
    name: 'card',
    pattern: new RegExp(
      `${AHEAD}(?:\\d{13,19}|\\d{4}([ -])\\d{4}\\1\\d{4}\\1\\d{1,4}(?:\\1\\d{1,3})?|\\d{4}([ -])\\d{6}\\2\\d{4,5})${BEHIND}`,
      'g',
    ),
    isReal: isCardNumber,
  },
  { name: 'us-ssn', pattern: /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g },
  {
    name: 'phone',
    pattern: new RegExp(`${AHEAD_OF_PHONE}(?:${MOBILE}|${LANDLINE})`, 'g'),
  },
  {
    name: 'phone',
    needs: ['+'],
    pattern: new RegExp(`(?<![\\w+.)\\]])${INTERNATIONAL}`, 'g'),
    isReal: (match) => match.replace(/\D/g, '').length >= FEWEST_INTERNATIONAL_DIGITS,
  },
  { name: 'phone', pattern: new RegExp(`(?<![\\w.-])${NORTH_AMERICAN}`, 'g') },
  {
    name: 'ipv4',
    pattern: /(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w.]*\d)/g,
  },
]
