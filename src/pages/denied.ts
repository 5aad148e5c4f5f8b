import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'

export interface DeniedPageOptions {
  readonly title: string
  /** What went wrong and what to do, in a sentence or two. */
  readonly text: string
  readonly decisionId: string
  /** Where to sign in; undefined where that would not help or is not on offer. */
  readonly signInURL: string | undefined
  readonly styleURL: string | undefined
  /** As whom the request was judged; undefined: as nobody. */
  readonly user?: string | undefined
  /** Where to sign out, to come back as somebody else. */
  readonly signOutURL?: string | undefined
}

/** Why a request was denied, as whom, and what the person can do. Also the page of every failure. */
export function deniedPage(options: DeniedPageOptions): Page {
  const { title, text, decisionId, signInURL, styleURL, user, signOutURL } = options
  return page({
    title,
    styleURL,
    decisionId,
    content: html`<p>${text}</p>
${user === undefined ? undefined : html`<p>You are signed in as <strong><bdi>${user}</bdi></strong>.</p>`}
${actions(
  signInURL === undefined ? undefined : { href: signInURL, label: 'Sign in' },
  ...(signOutURL === undefined ? [] : [{ href: signOutURL, label: 'Sign out' }]),
)}`,
  })
}
