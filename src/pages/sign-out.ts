import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'
import { name } from './name.ts'
import type { PageShell } from './shell.ts'

export interface SignedOutPageOptions {
  readonly signInURL: string
  /** Display name of the provider that has ended its own session too; undefined: it may still have one. */
  readonly provider?: string | undefined
}

/** The end of a sign-out. */
export function signedOutPage(
  shell: PageShell,
  { signInURL, provider }: SignedOutPageOptions,
): Page {
  const { messages } = shell
  const { signedOut, actions: labels } = messages
  const text =
    provider === undefined ? html`${signedOut.here}` : signedOut.there(name(provider, messages))
  return page(shell, {
    title: signedOut.title,
    icon: 'done',
    content: html`<p>${text}</p>
${actions({ href: signInURL, label: labels.signInAgain })}`,
  })
}

export interface ConfirmPageOptions {
  /** The same address once more: from this page the browser names our own origin. */
  readonly signOutURL: string
  /** Where somebody goes who did not mean it. */
  readonly stayURL: string
}

/** Asks whoever comes from another site, since that site may have sent them unasked. */
export function confirmSignOutPage(
  shell: PageShell,
  { signOutURL, stayURL }: ConfirmPageOptions,
): Page {
  const { confirmSignOut, actions: labels } = shell.messages
  return page(shell, {
    title: confirmSignOut.title,
    icon: 'leave',
    content: html`<p>${confirmSignOut.text}</p>
${actions(
  { href: signOutURL, label: labels.signOut },
  { href: stayURL, label: labels.staySignedIn },
)}`,
  })
}
