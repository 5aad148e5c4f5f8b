import { html } from './html.ts'
import { actions, type Page, page } from './layout.ts'
import type { SignInFailure } from './messages/messages.ts'
import { name } from './name.ts'
import type { PageShell } from './shell.ts'

/** A provider to pick. */
export interface OfferedProvider {
  /** `signIn.providers[].id`. */
  readonly id: string
  readonly displayName: string
  /** Where sign-in with it starts. */
  readonly href: string
}

export interface PickPageOptions {
  readonly providers: readonly OfferedProvider[]
  /** The `id` of the one that this browser used last; undefined, or one that is gone: none. */
  readonly remembered: string | undefined
}

/** The providers as links, in the order of the configuration but for the remembered one, which leads. */
export function pickPage(shell: PageShell, { providers, remembered }: PickPageOptions): Page {
  const { messages } = shell
  const { title, text, remembered: label } = messages.pick
  const isLast = ({ id }: OfferedProvider) => id === remembered
  const sorted = [...providers.filter(isLast), ...providers.filter((one) => !isLast(one))]
  const items = sorted.map((one) => {
    const shown = name(one.displayName, messages)
    return isLast(one)
      ? html`<li><a class="remembered" href="${one.href}"><span>${shown} <small>${label}</small></span></a></li>\n`
      : html`<li><a href="${one.href}"><span>${shown}</span></a></li>\n`
  })
  return page(shell, {
    title,
    icon: 'enter',
    content: html`<p>${text}</p>
<ul class="providers" role="list">
${items}</ul>`,
  })
}

export interface FramePageOptions {
  /** Where sign-in starts. */
  readonly startURL: string
}

/**
 * What a frame shows in place of a page that needs a session: providers refuse to be framed, so the
 * link takes the whole window.
 */
export function framePage(shell: PageShell, { startURL }: FramePageOptions): Page {
  const { title, text } = shell.messages.frame
  return page(shell, {
    title,
    icon: 'window',
    frames: 'same-origin',
    content: html`<p>${text}</p>
${actions({ href: startURL, label: shell.messages.actions.signIn, target: '_top' })}`,
  })
}

export interface ContinuePageOptions {
  readonly continueTo: URL
}

/**
 * Stands between the provider and the page that was asked for where the session's cookie is
 * `SameSite=Strict`: after a redirect that began at the provider the browser would not send it.
 */
export function continuePage(shell: PageShell, { continueTo }: ContinuePageOptions): Page {
  const { title, text } = shell.messages.signedIn
  return page(shell, {
    title,
    icon: 'done',
    continueTo,
    content: html`<p>${text}</p>
${actions({ href: continueTo.href, label: shell.messages.actions.goOn })}`,
  })
}

export interface FailedPageOptions {
  readonly failure: SignInFailure
  readonly decisionId: string
  /** Where to begin anew; undefined where that would not help. */
  readonly signInURL: string | undefined
  /** Undefined: no way there from here. */
  readonly homeURL: string | undefined
}

/** A sign-in that did not come to its end: what happened and what to do. */
export function failedPage(shell: PageShell, options: FailedPageOptions): Page {
  const { failure, decisionId, signInURL, homeURL } = options
  const { actions: labels, failures } = shell.messages
  const { title, text } = failures[failure]
  const home = homeURL === undefined ? [] : [{ href: homeURL, label: labels.startPage }]
  return page(shell, {
    title,
    icon: 'warning',
    decisionId,
    content: html`<p>${text}</p>
${actions(signInURL === undefined ? undefined : { href: signInURL, label: labels.signInAgain }, ...home)}`,
  })
}
