import { type Html, html } from './html.ts'
import type { Language } from './language.ts'

/** How each language writes a date; the region decides on the order of day and month. */
const regions: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de-DE' }

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The coarsest unit of which there are at least two, or nearly. */
const units = [
  { unit: 'day', ms: dayMs, fromMs: 2 * dayMs },
  { unit: 'hour', ms: hourMs, fromMs: 1.5 * hourMs },
  { unit: 'minute', ms: minuteMs, fromMs: 1.5 * minuteMs },
  { unit: 'second', ms: secondMs, fromMs: 0 },
] as const

/**
 * A moment in both ways that people need: how far away it is, and when. In UTC, since the reader's own
 * time is not known here.
 */
export function moment(
  date: Date,
  { now, language }: { readonly now: Date; readonly language: Language },
): Html {
  const region = regions[language]
  const distanceMs = date.getTime() - now.getTime()
  const { unit, ms } = units.find(({ fromMs }) => Math.abs(distanceMs) >= fromMs) ?? units[3]
  const relative = new Intl.RelativeTimeFormat(region).format(Math.round(distanceMs / ms), unit)
  const absolute = new Intl.DateTimeFormat(region, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(date)
  return html`<time datetime="${date.toISOString()}">${relative} <span class="quiet">${absolute}</span></time>`
}
