import type { UserInfo } from '../user.ts'
import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'

export interface AccountPageOptions {
  readonly user: UserInfo
  readonly email: string | undefined
  /** The provider's display name. */
  readonly provider: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly signOutURL: string
  /** Where "Continue" leads. */
  readonly continueURL: string
  readonly styleURL: string
}

/** Who is signed in: name, groups, provider, and how long the session lasts. */
export function accountPage(options: AccountPageOptions): Page {
  const { user, email, provider, createdAt, expiresAt, continueURL, signOutURL } = options
  const groups = user.groups.map((group) => html`<li><bdi>${group}</bdi></li>`)
  return page({
    title: 'You are signed in',
    styleURL: options.styleURL,
    decisionId: undefined,
    content: html`<dl>
<dt>User</dt><dd><bdi>${user.name}</bdi></dd>
${email === undefined ? undefined : html`<dt>Email</dt><dd><bdi>${email}</bdi></dd>`}
<dt>Groups</dt><dd>${groups.length === 0 ? 'none' : html`<ul tabindex="0" aria-label="Groups">${groups}</ul>`}</dd>
<dt>Signed in with</dt><dd><bdi>${provider}</bdi></dd>
<dt>Since</dt><dd>${time(createdAt)}</dd>
<dt>Until</dt><dd>${time(expiresAt)}</dd>
</dl>
${actions({ href: continueURL, label: 'Continue' }, { href: signOutURL, label: 'Sign out' })}`,
  })
}

function time(date: Date) {
  const iso = date.toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}
