import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'

export interface SignedOutPageOptions {
  readonly signInURL: string
  readonly styleURL: string
}

/** The end of a sign-out. */
export function signedOutPage({ signInURL, styleURL }: SignedOutPageOptions): Page {
  return page({
    title: 'Signed out',
    styleURL,
    decisionId: undefined,
    content: html`<p>You are signed out here. On a shared computer, close the browser as well: your
account may still be signed in at your identity provider.</p>
${actions({ href: signInURL, label: 'Sign in again' })}`,
  })
}

export interface ConfirmPageOptions {
  /** The same address once more: from this page the browser names our own origin. */
  readonly signOutURL: string
  readonly styleURL: string
}

/** Asks whoever comes from another site, since that site may have sent them unasked. */
export function confirmSignOutPage({ signOutURL, styleURL }: ConfirmPageOptions): Page {
  return page({
    title: 'Sign out?',
    styleURL,
    decisionId: undefined,
    content: html`<p>Another site asks to sign you out here.</p>
${actions({ href: signOutURL, label: 'Sign out' }, { href: '/', label: 'Stay signed in' })}`,
  })
}
