import { html } from './html.ts'
import { type Page, page } from './layout.ts'

/** A provider that can be picked. */
export interface PickableProvider {
  readonly id: string
  readonly displayName: string
  /** Where sign-in with it starts. */
  readonly href: string
}

export interface PickPageOptions {
  readonly providers: readonly PickableProvider[]
  /** The one that this browser used last, which is pointed out. */
  readonly remembered: string | undefined
  readonly styleURL: string
}

/** The identity providers to choose from, in the configuration's order. */
export function pickPage({ providers, remembered, styleURL }: PickPageOptions): Page {
  const links = providers.map(
    ({ id, displayName, href }) =>
      html`<a class="${id === remembered ? 'main' : 'other'}" href="${href}">${displayName}</a> `,
  )
  return page({
    title: 'Sign in',
    styleURL,
    decisionId: undefined,
    content: html`<p>How do you want to sign in?</p>
<p class="actions">${links}</p>`,
  })
}
