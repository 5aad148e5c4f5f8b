import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'

export interface SignedOutPageOptions {
  readonly signInURL: string
  readonly styleURL: string
  /** Name of the provider where the person has been signed out as well; undefined: nobody knows. */
  readonly provider: string | undefined
}

/** The end of a sign-out. */
export function signedOutPage(options: SignedOutPageOptions): Page {
  const { signInURL, styleURL, provider } = options
  return page({
    title: 'Signed out',
    styleURL,
    decisionId: undefined,
    content: html`<p>${
      provider === undefined
        ? 'You are signed out here. On a shared computer, close the browser as well: your account may still be signed in at your identity provider.'
        : `You are signed out here and at ${provider}.`
    }</p>
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
