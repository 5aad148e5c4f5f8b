import { type Html, html } from './html.ts'

/** What a page is about, at a glance. */
export type Icon = 'enter' | 'leave' | 'done' | 'lock' | 'warning' | 'clock' | 'person' | 'window'

/** Lines in a square of 24 by 24. */
const lines: Readonly<Record<Icon, string>> = {
  enter: 'M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M4 12h11M11 8l4 4-4 4',
  leave: 'M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M9 12h11M16 8l4 4-4 4',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  warning: 'M12 4l9 16H3zM12 10.5v4M12 17.4v.1',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17zM12 8v4.5l3 2',
  person: 'M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0',
  window: 'M3.5 5h17v14h-17zM3.5 9.5h17M13 13l3 3M16 13.5V16h-2.5',
}

/** The class that colours it, as the style sheet knows it. */
const tones: Readonly<Record<Icon, 'plain' | 'good' | 'bad' | 'wait'>> = {
  enter: 'plain',
  leave: 'plain',
  done: 'good',
  lock: 'bad',
  warning: 'wait',
  clock: 'wait',
  person: 'plain',
  window: 'plain',
}

/** The icon as markup: decoration, which says nothing that the heading does not. */
export function iconOf(icon: Icon): Html {
  return html`<svg class="icon ${tones[icon]}" viewBox="0 0 24 24" width="48" height="48" aria-hidden="true" focusable="false"><path d="${lines[icon]}"></path></svg>`
}
