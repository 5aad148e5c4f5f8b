import assert from 'node:assert/strict'
import { createBrowser, type Page } from './browser.ts'
import { type Answer, get, linesNamed } from './client.ts'
import { ownToken } from './config.ts'
import { type CurlLine, curlLines } from './curl.ts'
import { alice, type Demo } from './demo.ts'

type Step = readonly [name: string, run: () => Promise<void>]

/** What the demo promises, in the order in which somebody would try it. */
export function steps(demo: Demo): readonly Step[] {
  return [...tokenSteps(demo), ...browserSteps(demo)]
}

function tokenSteps({ url, token }: Demo): readonly Step[] {
  const bearer = { authorization: `Bearer ${token}` }
  const curl = ({ withToken, headers }: CurlLine) =>
    get(url, { ...(withToken ? bearer : {}), ...headers })
  const kubernetes = new URL('/kubernetes/api/v1/pods', url)
  return [
    [
      'a token: the application sees alice, and not the token',
      async () => assertKubeflow(await curl(curlLines.withToken)),
    ],
    [
      'no credential: 401, and no cookie',
      async () => {
        const answer = await curl(curlLines.without)
        assert.equal(answer.status, 401)
        assert.match(answer.header('www-authenticate'), /^Bearer/)
        assert.equal(answer.header('set-cookie'), '')
      },
    ],
    [
      'a broken token: 401',
      async () => {
        const answer = await get(url, { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` })
        assert.equal(answer.status, 401)
      },
    ],
    [
      'forged identity headers: no effect',
      async () => assertKubeflow(await curl(curlLines.forged)),
    ],
    [
      'impersonation: one line for each group, commas intact',
      async () => assertImpersonated(await get(kubernetes, bearer)),
    ],
    [
      'impersonation: a forged group is refused',
      async () => {
        const answer = await get(kubernetes, { ...bearer, 'Impersonate-Group': 'system:masters' })
        assert.equal(answer.status, 400)
      },
    ],
    [
      'a public path: open to everybody, for nobody in particular',
      async () => {
        const answer = await get(new URL('/public/', url), { 'kubeflow-userid': 'root' })
        assert.equal(answer.status, 200, answer.body)
        assert.deepEqual(linesNamed(answer.body, /^(kubeflow|impersonate)-/), [])
      },
    ],
  ]
}

function browserSteps({ url }: Demo): readonly Step[] {
  const browser = createBrowser()
  const page = new URL('/notebooks?view=all', url)
  let login: Page | undefined
  return [
    [
      'a script of a page, not signed in: 401',
      async () => {
        const answer = await browser.fetch(page)
        assert.equal(answer.status, 401)
        assert.equal(browser.cookies(page), '')
      },
    ],
    [
      'a browser: sent to the provider to sign in',
      async () => {
        login = await browser.open(page)
        assert.notEqual(login.url.host, url.host)
        assert.match(login.body, /name="password"/)
      },
    ],
    [
      `signing in as ${alice.login}: back to the page that was asked for, as alice`,
      async () => {
        assert.ok(login, 'there is no login form')
        const { login: name, password } = alice
        const arrived = await browser.submit(login, { login: name, password })
        assert.equal(arrived.url.href, page.href)
        assert.equal(arrived.status, 200)
        assert.match(arrived.body, /alice@example\.com/)
      },
    ],
    [
      "signed in: pages and their scripts are alice's, the cookie stays with Attaché",
      async () => {
        for (const answer of [await browser.open(page), await browser.fetch(page)]) {
          assert.equal(answer.status, 200)
          assert.match(answer.body, /alice@example\.com/)
          assert.doesNotMatch(answer.body, /cookie/i)
        }
      },
    ],
    [
      'the session page names alice and her groups',
      async () => {
        const { status, body } = await browser.open(new URL('/oauth2/userinfo', url))
        assert.match(String(status), /^20[03]$/)
        for (const text of [alice.email, ...alice.groups]) assert.ok(body.includes(text), text)
      },
    ],
    [
      'signing out: the session is gone, and so is the one at the provider',
      async () => {
        const confirm = await browser.open(new URL('/logout', url))
        const end = /logoutForm/.test(confirm.body) ? await browser.submit(confirm, {}) : confirm
        assert.match(end.body, /signed out/i)
        assert.equal((await browser.fetch(page)).status, 401)
        assert.match((await browser.open(page)).body, /name="password"/)
      },
    ],
  ]
}

function assertKubeflow({ status, body }: Answer): void {
  assert.equal(status, 200, body)
  assert.deepEqual(linesNamed(body, /^(kubeflow|impersonate)-|^authorization$/), [
    `kubeflow-userid: ${alice.email}`,
    // A list cannot say a group that has a comma, so it is left out.
    `kubeflow-groups: ${alice.groups.filter((group) => !group.includes(',')).join(',')}`,
  ])
}

function assertImpersonated({ status, body }: Answer): void {
  assert.equal(status, 200, body)
  assert.deepEqual(linesNamed(body, /^(kubeflow|impersonate)-|^authorization$/), [
    `authorization: Bearer ${ownToken}`,
    `impersonate-user: ${alice.email}`,
    ...alice.groups.map((group) => `impersonate-group: ${group}`),
  ])
}
