/** The frame of the demo's own pages; they look as Attaché's, whose style sheet they carry inside. */
import { type Html, html, renderHtml } from '../../src/pages/html.ts'
import { styleSheet } from '../../src/pages/style.ts'

const ownStyle = `
main.wide { max-width: 60rem; }
label { display: block; margin-bottom: 1rem; color: var(--quiet); }
input {
  display: block; width: 100%; margin-top: 0.25rem; padding: 0.6rem 0.75rem;
  border: 1px solid var(--line); border-radius: 0.5rem;
  background: var(--paper); color: var(--ink); font: inherit;
}
button {
  padding: 0.6rem 1.1rem; border: 1px solid var(--accent); border-radius: 0.5rem;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer;
}
[role=alert] { padding: 0.6rem 0.75rem; border-left: 4px solid #c2410c; background: var(--paper); }
h2 { margin: 1.5rem 0 0.5rem; font-size: 1rem; color: var(--quiet); }
table { width: 100%; border-collapse: collapse; font-family: ui-monospace, monospace; font-size: 0.875rem; }
td { padding: 0.3rem 0.75rem 0.3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; color: var(--quiet); }
tr.identity td { color: var(--accent); font-weight: 600; }
`

/** A whole page as text. `wide` leaves room for tables. */
export function demoPage(
  title: string,
  { content, wide = false }: { readonly content: Html; readonly wide?: boolean },
): string {
  const head = renderHtml(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
`)
  const body = renderHtml(html`</head>
<body>
<main class="${wide ? 'wide' : ''}">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`)
  return `${head}<style>${styleSheet}${ownStyle}</style>\n${body}`
}
