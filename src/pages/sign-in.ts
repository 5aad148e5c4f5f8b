import { html } from './html.ts'
import { type Action, actions, type Page, page } from './layout.ts'

export interface FramePageOptions {
  /** Where sign-in starts. */
  readonly startURL: string
  readonly styleURL: string
}

/**
 * What a frame shows in place of a page that needs a session: providers refuse to be framed, so the
 * link takes the whole window.
 */
export function framePage({ startURL, styleURL }: FramePageOptions): Page {
  return page({
    title: 'Sign in to go on',
    styleURL,
    decisionId: undefined,
    frames: 'same-origin',
    content: html`<p>Your session has ended. Signing in needs the whole window.</p>
<p class="actions"><a class="main" target="_top" href="${startURL}">Sign in</a></p>`,
  })
}

export interface ContinuePageOptions {
  readonly continueTo: URL
  readonly styleURL: string
}

/**
 * Stands between the provider and the page that was asked for where the session's cookie is
 * `SameSite=Strict`: after a redirect that began at the provider the browser would not send it.
 */
export function continuePage({ continueTo, styleURL }: ContinuePageOptions): Page {
  return page({
    title: 'You are signed in',
    styleURL,
    decisionId: undefined,
    continueTo,
    content: actions({ href: continueTo.href, label: 'Continue' }),
  })
}

export interface FailedPageOptions {
  /** What happened and what to do. */
  readonly text: string
  readonly decisionId: string
  readonly styleURL: string | undefined
  readonly actions: readonly Action[]
}

/** A sign-in that did not come to its end. */
export function failedPage(options: FailedPageOptions): Page {
  const [main, ...others] = options.actions
  return page({
    title: 'Sign-in failed',
    styleURL: options.styleURL,
    decisionId: options.decisionId,
    content: html`<p>${options.text}</p>
${actions(main, ...others)}`,
  })
}
