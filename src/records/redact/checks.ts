// Check digits and ranges of well-known numbers: what tells a card from an order number. Pure.

/** ISO/IEC 7812-1, annex B. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0
  for (let back = 0; back < digits.length; back += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - back) - 0x30
    const weighed = back % 2 === 1 ? digit * 2 : digit
    sum += weighed > 9 ? weighed - 9 : weighed
  }
  return sum % 10 === 0
}

/** First digits and lengths that the schemes give out: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro, Mir. */
const CARD_SHAPES = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^(?:5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12})$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[689]\d)\d{11,13}$/,
  /^(?:6011|64[4-9]\d|65\d{2})\d{12,15}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14,17}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/,
  /^220[0-4]\d{12,15}$/,
]

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  // In this order: nine of ten that are none end here, and shapes take longer.
  return hasLuhnDigit(digits) && CARD_SHAPES.some((shape) => shape.test(digits))
}

/** The first two digits of the regions of China (GB/T 2260), Taiwan, Hong Kong, Macao and foreigners with the right to stay. */
const REGIONS = new Set([
  ...['11', '12', '13', '14', '15', '21', '22', '23', '31', '32', '33', '34', '35', '36', '37', '41', '42'],
  ...[
    '43',
    '44',
    '45',
    '46',
    '50',
    '51',
    '52',
    '53',
    '54',
    '61',
    '62',
    '63',
    '64',
    '65',
    '71',
    '81',
    '82',
    '83',
  ],
  '91',
])

/** GB 11643-1999: the remainder of the weighted sum by 11 chooses the last character. */
const CN_ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CN_ID_LAST = '10X98765432'

export function isChineseId(text: string): boolean {
  const id = text.replace(/[ -]/g, '').toUpperCase()
  if (!REGIONS.has(id.slice(0, 2))) return false
  // Before 1999 numbers had two digits for the year and no check character.
  if (id.length === 15) return isDay(`19${id.slice(6, 8)}`, id.slice(8, 10), id.slice(10, 12))
  if (!isDay(id.slice(6, 10), id.slice(10, 12), id.slice(12, 14))) return false
  const sum = CN_ID_WEIGHTS.reduce((total, weight, at) => total + weight * (id.charCodeAt(at) - 0x30), 0)
  return CN_ID_LAST[sum % 11] === id[17]
}

function isDay(year: string, month: string, day: string): boolean {
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  const days = new Date(Date.UTC(y, m, 0)).getUTCDate()
  return m >= 1 && m <= 12 && d >= 1 && d <= days
}

/** Country and length, as the IBAN registry of SWIFT lists them. */
const IBAN_LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 ' +
    'LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** Where the IBAN that begins here ends, with its spaces; undefined when none does. Country, length and ISO 7064 mod 97-10. */
export function endOfIban(text: string, start: number): number | undefined {
  const length = IBAN_LENGTHS.get(text.slice(start, start + 2))
  if (length === undefined) return undefined
  let compact = ''
  let at = start
  for (; compact.length < length && at < text.length; at += 1) {
    const char = text.charAt(at)
    if (/[A-Z0-9]/.test(char)) compact += char
    else if (char !== ' ' || compact.length % 4 !== 0) return undefined
  }
  if (compact.length < length || /[A-Za-z0-9]/.test(text.charAt(at))) return undefined
  return isMod97(compact.slice(4) + compact.slice(0, 4)) ? at : undefined
}

function isMod97(text: string): boolean {
  let remainder = 0
  for (const char of text) {
    const value = Number.parseInt(char, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}
