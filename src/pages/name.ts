import { type Html, html } from './html.ts'
import type { Messages } from './messages/messages.ts'

/** Of a name that is longer, the beginning is shown. UTF-16 code units. */
const maxShown = 256

/**
 * Characters that cannot be seen, and make two names look like one or turn the order of their letters
 * around (Unicode Technical Report #36, §2). Not the joiners and marks that scripts and emoji need.
 */
const invisible =
  /([\u00AD\u180E\u200B\u2028\u2029\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}])/u

/**
 * A name that somebody else chose: kept apart from the text around it, whichever way it runs, with what
 * is invisible in it made visible, and not longer than a page can bear.
 */
export function name(text: string, { shortened }: Pick<Messages, 'shortened'>): Html {
  const pieces = beginning(text)
    .split(invisible)
    .map((piece, index) => (index % 2 === 0 ? html`${piece}` : codeOf(piece)))
  if (text.length <= maxShown) return html`<bdi>${pieces}</bdi>`
  return html`<bdi>${pieces}…</bdi> ${shortened(text.length)}`
}

function beginning(text: string): string {
  // Half of a character is none.
  return text.length <= maxShown ? text : text.slice(0, maxShown).replace(/[\uD800-\uDBFF]$/, '')
}

function codeOf(character: string): Html {
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? ''
  return html`<span class="invisible">U+${code}</span>`
}
