import { parseRequestUri } from '../net/url.ts'
import type { Validate } from './names.ts'

/** A URL, as `isURL` sees it. */
export const validateUri: Validate = (text) => {
  const read = parseRequestUri(text)
  return 'fault' in read ? [read.fault] : []
}

/** A UUID, in any letters, with or without dashes. */
export const validateUuid: Validate = (text) => {
  const isUuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text)
  return isUuid ? [] : ['does not match the UUID format']
}

/** Base64 of the usual alphabet, padded, and of at least one byte. */
export const validateByte: Validate = (text) => {
  const isBase64 =
    text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*$/.test(text.replace(/={1,2}$/, ''))
  return isBase64 ? [] : ['invalid base64']
}

/** `2021-01-31`, a day that there is. */
export const validateDate: Validate = (text) => (isDate(text) ? [] : ['invalid date'])

/** A date and a time with a zone. What follows a second "t" is not looked at. */
export const validateDateTime: Validate = (text) => {
  const [date = '', time = ''] = text.split(/t/i)
  const [, hour = '', minute = '', second = ''] =
    // The dot means any character there, too.
    /^(\d\d):(\d\d):(\d\d)(?:[^\n]\d+)?(?:z|Z|[+-]\d\d:\d\d)$/u.exec(time) ?? []
  const isTime = hour !== '' && hour <= '23' && minute <= '59' && second <= '59'
  return isTime && isDate(date) ? [] : ['invalid datetime']
}

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year === '' || month < '01' || month > '12') return false
  // A leap year of the same kind, since JavaScript takes a year below 100 for one of the 20th century.
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= lastDay
}
