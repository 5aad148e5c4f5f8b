import type { DenyReason } from '../decision.ts'
import { type Html, html } from './html.ts'
import type { Icon } from './icons.ts'
import { type Action, actions, type Page, page } from './layout.ts'
import { name } from './name.ts'
import type { PageShell } from './shell.ts'

export interface DeniedPageOptions {
  readonly reason: DenyReason
  readonly decisionId: string
  /** Where to sign in; undefined where that would not help or is not on offer. */
  readonly signInURL: string | undefined
  /** As whom the request was judged; undefined: as nobody. */
  readonly user?: string | undefined
  /** Where somebody with a session comes back as somebody else; undefined: not by a session. */
  readonly switchURL?: string | undefined
}

/** Why a request was denied, as whom, and what the person can do. */
export function deniedPage(shell: PageShell, options: DeniedPageOptions): Page {
  const { messages } = shell
  const { reason, decisionId } = options
  const { title, text } = messages.reasons[reason]
  const [main, ...others] = offered(shell, options)
  return page(shell, {
    title,
    icon: iconOfReason(reason),
    decisionId,
    // A dashboard shows its parts in frames, and each may be denied by itself.
    frames: 'same-origin',
    content: html`<p>${text}</p>
${judgedAs(shell, options)}
${actions(main, ...others)}`,
  })
}

function judgedAs({ messages }: PageShell, { user, switchURL }: DeniedPageOptions) {
  if (user === undefined) return undefined
  const { signedInAs, knownAs } = messages.denied
  const said: (user: Html) => Html = switchURL === undefined ? knownAs : signedInAs
  return html`<p class="who">${said(html`<strong>${name(user, messages)}</strong>`)}</p>`
}

function offered(
  { messages }: PageShell,
  { reason, signInURL, switchURL }: DeniedPageOptions,
): readonly Action[] {
  const { signIn, switchUser, tryAgain } = messages.actions
  const offers: Action[] = []
  // An empty address is the page itself, so that nothing of the request is repeated here.
  if (passes(reason)) offers.push({ href: '', label: tryAgain })
  if (signInURL !== undefined) offers.push({ href: signInURL, label: signIn, target: '_top' })
  if (switchURL !== undefined && !passes(reason))
    offers.push({ href: switchURL, label: switchUser, target: '_top' })
  return offers
}

/** True for what may be over when one tries again. */
function passes(reason: DenyReason): boolean {
  return reason === 'unavailable' || reason === 'too-many-attempts'
}

function iconOfReason(reason: DenyReason): Icon {
  switch (reason) {
    case 'unavailable':
    case 'too-many-attempts':
      return 'clock'
    case 'no-credential':
    case 'credential-expired':
    case 'credential-invalid':
    case 'credential-malformed':
      return 'enter'
    case 'malformed-request':
    case 'ambiguous-path':
    case 'ambiguous-credential':
    case 'connection-header':
    case 'cross-site':
      return 'warning'
    case 'credential-untrusted':
    case 'no-route':
    case 'identity-unsayable':
    case 'identity-too-large':
    case 'system-identity':
    case 'token-required':
    case 'condition':
    case 'not-allowed':
    case 'caller':
    case 'client-impersonation':
      return 'lock'
  }
}
