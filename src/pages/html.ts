/**
 * `pages/` holds what a person sees. HTML is made with the {@link html} tag alone, which escapes every
 * interpolation, so a claim, an error text or an address can never become markup.
 */

const markup = Symbol('markup')

/** Markup that {@link html} made; plain strings are text and get escaped. */
export interface Html {
  readonly [markup]: string
}

export type HtmlValue = string | number | Html | readonly Html[] | undefined

/**
 * Markup from a template. Strings and numbers are escaped for element content and for quoted
 * attribute values, the only two places where an interpolation may stand; undefined is nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += valueText(value) + (strings[index + 1] ?? '')
  })
  return { [markup]: text }
}

/** The text of the markup. */
export function renderHtml(value: Html): string {
  return value[markup]
}

function valueText(value: HtmlValue): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  if (markup in value) return value[markup]
  return value.map(renderHtml).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

function escapeText(text: string): string {
  // Controls other than tab and line ends are not allowed in HTML and would only serve to deceive.
  return text
    .replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
    .replace(/[^\P{Cc}\t\n\r]/gu, '\uFFFD')
}
