import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrandingConfig } from '../../src/config/browser-types.ts'
import { accountPage } from '../../src/pages/account.ts'
import type { Asset } from '../../src/pages/asset.ts'
import { deniedPage } from '../../src/pages/denied.ts'
import type { Page } from '../../src/pages/layout.ts'
import { logoAsset } from '../../src/pages/logo.ts'
import { createShells, type PageShell } from '../../src/pages/shell.ts'
import { continuePage, failedPage, framePage, pickPage } from '../../src/pages/sign-in.ts'
import { confirmSignOutPage, signedOutPage } from '../../src/pages/sign-out.ts'
import { styleAsset } from '../../src/pages/style.ts'
import { userInfo } from './user.ts'

const pathPrefix = '/oauth2'
const decisionId = '9TRw3xUs0pKmQe4vHb2zLg'
const startURL = `${pathPrefix}/start?rd=%2Fnotebooks`
const signOutURL = `${pathPrefix}/sign_out`

/** An operator's name and logo, made up. */
export const branding: BrandingConfig = {
  name: 'Aurora Research Platform',
  logo: {
    contentType: 'image/svg+xml',
    bytes: Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#274b8f"/><path d="M7 29c5-13 9-13 13 0 4-13 8-13 13 0" fill="none" stroke="#7fe3c4" stroke-width="3.5" stroke-linecap="round"/><circle cx="20" cy="10.5" r="3.5" fill="#ffd166"/></svg>`,
    ),
  },
}

const groups = ['platform-users', 'ml-research', 'notebooks:edit', 'pipelines:view']

/** Names as nobody should have them. */
const extreme = {
  long: 'x'.repeat(4096),
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  bidi: 'alice\u202Emoc.elpmaxe@nimda\u202C \u2067\u05E9\u05E8\u05D4\u2069',
}

/** The pages as people meet them, by name. */
export const gallery: Readonly<Record<string, (shell: PageShell) => Page>> = {
  pick: (shell) =>
    pickPage(shell, {
      providers: [
        { id: 'staff', displayName: 'Company account', href: `${startURL}&provider=staff` },
        { id: 'github', displayName: 'GitHub', href: `${startURL}&provider=github` },
        { id: 'guest', displayName: 'University federation', href: `${startURL}&provider=guest` },
      ],
      remembered: 'github',
    }),
  account: (shell) =>
    accountPage(shell, {
      user: userInfo({ name: 'alice', uid: '7c1e4b02-55d1-4f7e-9a63-0f4f5c8f2d11', groups }),
      email: 'alice@aurora.example',
      provider: 'Company account',
      now: new Date('2026-03-02T14:20:00Z'),
      createdAt: new Date('2026-03-02T13:40:00Z'),
      refreshesAt: new Date('2026-03-02T14:40:00Z'),
      idleEndsAt: new Date('2026-03-02T15:20:00Z'),
      expiresAt: new Date('2026-03-03T01:40:00Z'),
      signOutURL,
      continueURL: '/',
    }),
  'account-many-groups': (shell) =>
    accountPage(shell, {
      user: userInfo({
        name: 'عائشة@aurora.example',
        groups: Array.from(
          { length: 500 },
          (_, at) => `project-${String(at + 1).padStart(3, '0')}`,
        ),
      }),
      email: undefined,
      provider: 'University federation',
      now: new Date('2026-03-02T14:20:00Z'),
      createdAt: new Date('2026-03-02T14:19:50Z'),
      expiresAt: new Date('2026-03-03T02:19:50Z'),
      signOutURL,
      continueURL: '/',
    }),
  denied: (shell) =>
    deniedPage(shell, {
      reason: 'not-allowed',
      decisionId,
      signInURL: undefined,
      user: 'alice@aurora.example',
      switchURL: signOutURL,
    }),
  'denied-other-credential': (shell) =>
    deniedPage(shell, { reason: 'condition', decisionId, signInURL: undefined, user: 'robot-7' }),
  'sign-in-first': (shell) =>
    deniedPage(shell, { reason: 'no-credential', decisionId, signInURL: startURL }),
  unavailable: (shell) =>
    deniedPage(shell, { reason: 'unavailable', decisionId, signInURL: undefined }),
  'too-many-attempts': (shell) =>
    deniedPage(shell, { reason: 'too-many-attempts', decisionId, signInURL: undefined }),
  'sign-in-stale': (shell) =>
    failedPage(shell, { failure: 'stale', decisionId, signInURL: startURL, homeURL: '/' }),
  'sign-in-no-cookies': (shell) =>
    failedPage(shell, { failure: 'no-cookies', decisionId, signInURL: startURL, homeURL: '/' }),
  'sign-in-not-accepted': (shell) =>
    failedPage(shell, { failure: 'not-accepted', decisionId, signInURL: startURL, homeURL: '/' }),
  'signed-out': (shell) => signedOutPage(shell, { signInURL: startURL }),
  'signed-out-there': (shell) =>
    signedOutPage(shell, { signInURL: startURL, provider: 'Company account' }),
  'confirm-sign-out': (shell) => confirmSignOutPage(shell, { signOutURL, stayURL: '/' }),
  frame: (shell) => framePage(shell, { startURL }),
  'pick-extreme': (shell) =>
    pickPage(shell, {
      providers: Object.entries(extreme).map(([id, displayName]) => {
        return { id, displayName, href: startURL }
      }),
      remembered: 'long',
    }),
  'account-extreme': (shell) =>
    accountPage(shell, {
      user: userInfo({
        name: extreme.bidi,
        uid: extreme.markup,
        groups: Object.values(extreme),
      }),
      email: extreme.long,
      provider: extreme.markup,
      now: new Date('2026-03-02T14:20:00Z'),
      createdAt: new Date('1970-01-01T00:00:00Z'),
      expiresAt: new Date('9999-12-31T23:59:59Z'),
      signOutURL,
      continueURL: '/',
    }),
  'denied-extreme': (shell) =>
    deniedPage(shell, {
      reason: 'identity-unsayable',
      decisionId,
      signInURL: undefined,
      user: extreme.bidi,
      switchURL: signOutURL,
    }),
  continue: (shell) =>
    continuePage(shell, { continueTo: new URL('/notebooks', 'https://app.aurora.example') }),
}

export interface GalleryServer {
  /** Shows the page named by its path in the language that the request asks for. */
  readonly origin: string
  readonly close: () => Promise<void>
}

/** Serves pages on loopback with the headers that they have behind Envoy: status 203, no caching. */
export async function serveGallery(
  pages: Readonly<Record<string, (shell: PageShell) => Page>> = gallery,
): Promise<GalleryServer> {
  const shellFor = createShells({ pathPrefix, branding })
  const logo = branding.logo && logoAsset(branding.logo)
  const assets = new Map<string, Asset | undefined>([
    [`${pathPrefix}/style.css`, styleAsset],
    [`${pathPrefix}/logo`, logo],
  ])
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gallery')
    const make = pages[pathname.slice(1)]
    const language = request.headers['accept-language'] ?? ''
    const found = assets.get(pathname) ?? make?.(shellFor(new Map([['accept-language', language]])))
    response.writeHead(found === undefined ? 404 : 203, found?.headers.flat() ?? [])
    response.end(found?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
