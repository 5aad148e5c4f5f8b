import type { HeaderLine } from '../headers/changes.ts'
import { type Html, html, renderHtml } from './html.ts'
import { type Icon, iconOf } from './icons.ts'
import type { PageShell } from './shell.ts'

/** A page, ready to be sent. The sender adds status and caching. */
export interface Page {
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

export interface PageOptions {
  readonly title: string
  readonly icon: Icon
  readonly content: Html
  /** Shown at the foot, for whoever is asked about the page. */
  readonly decisionId?: string
  /** `same-origin` for a page that is meant to be seen inside a frame as well. Default: none. */
  readonly frames?: 'none' | 'same-origin'
  /** Where the browser goes by itself at once. */
  readonly continueTo?: URL
}

/** A link that looks like a button, because it is what the page is for. */
export interface Action {
  readonly href: string
  readonly label: string
  /** The whole window instead of the frame that the page is in. */
  readonly target?: '_top'
}

/**
 * The whole page. Its policy allows nothing but Attaché's own style sheet and the operator's logo: no
 * script, no form, no frame around it, and no `Referer`, since an address of sign-in holds a code.
 */
export function page(shell: PageShell, options: PageOptions): Page {
  const { language, messages, name, logoURL, styleURL } = shell
  const { title, icon, content, decisionId, continueTo } = options
  const document = html`<!doctype html>
<html lang="${language}" dir="${messages.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${continueTo && html`<meta http-equiv="refresh" content="0;url=${continueTo.href}">`}
${logoURL === undefined ? undefined : html`<link rel="icon" href="${logoURL}">`}
<title>${name === undefined ? title : `${title} – ${name}`}</title>
${styleURL === undefined ? undefined : html`<link rel="stylesheet" href="${styleURL}">`}
</head>
<body>
${brand(shell)}
<main>
${iconOf(icon)}
<h1>${title}</h1>
${content}
${decisionId === undefined ? undefined : html`<p class="decision">${messages.quote} <code>${decisionId}</code></p>`}
</main>
</body>
</html>
`
  return { headers: pageHeaders(shell, options.frames ?? 'none'), body: renderHtml(document) }
}

/** Whose page it is. The picture says nothing that the name beside it does not say. */
function brand({ name, logoURL, messages }: PageShell): Html | undefined {
  if (name === undefined && logoURL === undefined) return undefined
  const alt = name === undefined ? messages.logo : ''
  return html`<header>
${logoURL === undefined ? undefined : html`<img src="${logoURL}" alt="${alt}">`}
${name === undefined ? undefined : html`<span><bdi>${name}</bdi></span>`}
</header>`
}

/** One main action and, after it, lesser ones. */
export function actions(main: Action | undefined, ...others: readonly Action[]): Html | undefined {
  if (main === undefined && others.length === 0) return undefined
  const link = ({ href, label, target }: Action, className: string) =>
    target === undefined
      ? html`<a class="${className}" href="${href}">${label}</a>\n`
      : html`<a class="${className}" target="${target}" href="${href}">${label}</a>\n`
  return html`<p class="actions">
${main && link(main, 'main')}${others.map((other) => link(other, 'other'))}</p>`
}

/** The header lines of every page, without those about caching. */
function pageHeaders(
  { language, logoURL }: PageShell,
  frames: 'none' | 'same-origin',
): readonly HeaderLine[] {
  const images = logoURL === undefined ? '' : " img-src 'self';"
  const ancestors = frames === 'none' ? "'none'" : "'self'"
  return [
    ['content-type', 'text/html; charset=utf-8'],
    ['content-language', language],
    ['vary', 'accept-language'],
    [
      'content-security-policy',
      `default-src 'none'; style-src 'self';${images} form-action 'none'; base-uri 'none'; frame-ancestors ${ancestors}`,
    ],
    ['x-frame-options', frames === 'none' ? 'DENY' : 'SAMEORIGIN'],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
  ]
}
