import { html } from '../../src/pages/html.ts'
import { demoPage } from './page.ts'

/** The login form; `failed` is the login of an attempt that did not succeed. */
export function loginPage({ failed }: { readonly failed?: string }): string {
  return demoPage('Demo identity provider', {
    content: html`${failed === undefined ? undefined : html`<p role="alert">That login and password do not go together.</p>`}
<form method="post">
<label>Login <input name="login" value="${failed ?? ''}" autocomplete="username" autofocus required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  })
}

/** Asks before the session at the provider ends; `form` is the provider's own, and complete. */
export function confirmSignOutPage(form: string): string {
  const page = demoPage('Sign out of the demo identity provider?', {
    content: html`<p>You are signed out of the application already.</p>
<p class="actions"><button form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`,
  })
  return page.replace('</main>', `${form}</main>`)
}

/** The end, when the client named no address to go back to. */
export function signedOutPage(): string {
  return demoPage('Signed out', { content: html`<p>You are signed out of the demo.</p>` })
}
