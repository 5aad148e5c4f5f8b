import type { HeaderLine } from '../headers/changes.ts'
import { type Html, html, renderHtml } from './html.ts'

/** A page, ready to be sent. The sender adds status and caching. */
export interface Page {
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

export interface PageOptions {
  readonly title: string
  readonly content: Html
  /** Address of the style sheet; undefined: a page without one. */
  readonly styleURL: string | undefined
  /** Shown at the foot, for whoever is asked about the page. */
  readonly decisionId: string | undefined
  /** `same-origin` for the one page that is meant to be seen inside a frame. Default: none. */
  readonly frames?: 'none' | 'same-origin'
  /** Where the browser goes by itself at once. */
  readonly continueTo?: URL
}

/** A link that looks like a button, because it is what the page is for. */
export interface Action {
  readonly href: string
  readonly label: string
}

/**
 * The whole page. Its policy allows nothing but Attaché's own style sheet: no script, no form, no
 * frame around it, and no `Referer`, since an address of sign-in holds a code.
 */
export function page(options: PageOptions): Page {
  const { title, content, styleURL, decisionId, continueTo } = options
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${continueTo && html`<meta http-equiv="refresh" content="0;url=${continueTo.href}">`}
<title>${title}</title>
${styleURL === undefined ? undefined : html`<link rel="stylesheet" href="${styleURL}">`}
</head>
<body>
<main>
<h1>${title}</h1>
${content}
${decisionId === undefined ? undefined : html`<p class="decision">Decision <code>${decisionId}</code></p>`}
</main>
</body>
</html>
`
  return { headers: pageHeaders(options.frames ?? 'none'), body: renderHtml(document) }
}

/** One main action and, after it, lesser ones. */
export function actions(main: Action | undefined, ...others: readonly Action[]): Html {
  const link = ({ href, label }: Action, className: string) =>
    html`<a class="${className}" href="${href}">${label}</a> `
  return html`<p class="actions">${main && link(main, 'main')}${others.map((other) => link(other, 'other'))}</p>`
}

/** The header lines of every page, without those about caching. */
function pageHeaders(frames: 'none' | 'same-origin'): readonly HeaderLine[] {
  const ancestors = frames === 'none' ? "'none'" : "'self'"
  return [
    ['content-type', 'text/html; charset=utf-8'],
    [
      'content-security-policy',
      `default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors ${ancestors}`,
    ],
    ['x-frame-options', frames === 'none' ? 'DENY' : 'SAMEORIGIN'],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
  ]
}
