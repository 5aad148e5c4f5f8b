/**
 * A real browser, driven by npm `playwright-core`: it looks up no host outside this machine, and each
 * of its profiles starts empty.
 */
import { createPublicKey, hash } from 'node:crypto'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { firstAuthority, secondAuthority } from './authorities.ts'
import type { ChromiumBinary } from './chromium-binary.ts'

/** A browser that runs. */
export interface Chromium {
  /** Such as `153.0.8010.0`. */
  readonly version: string
  readonly newProfile: (options?: ProfileOptions) => Promise<Profile>
  readonly close: () => Promise<void>
}

/** A person's browser: no cookies and no cache at first. Its pages trust any certificate. */
export interface Profile {
  /** Playwright's own object, for what is not here. */
  readonly context: BrowserContext
  /** Opens a tab. */
  readonly newPage: () => Promise<Page>
  readonly close: () => Promise<void>
}

/** What a person has set, as the browser sees it. */
export interface ProfileOptions {
  /** Default 1280 × 720. */
  readonly viewport?: { readonly width: number; readonly height: number }
  /** Default `light`. */
  readonly colorScheme?: 'light' | 'dark'
  /** Default `no-preference`. */
  readonly reducedMotion?: 'reduce' | 'no-preference'
  /** Default `none`. */
  readonly forcedColors?: 'active' | 'none'
  /** Of `Accept-Language`. Default `en-US`. */
  readonly locale?: string
  /** Whether pages may run it. Default true. */
  readonly javaScript?: boolean
  /** Whether it keeps any; those of all hosts but one. Default true. */
  readonly cookies?: boolean | { readonly except: string }
}

/** Where hosts are, for a browser. */
export interface ChromiumOptions {
  /**
   * Hosts, or patterns such as `*.example.test`, to the port of this machine that is to be their
   * 443: an address needs no port then. The first that fits counts.
   */
  readonly https?: Readonly<Record<string, number>>
  /** Whether pages that were left may be kept as they are, for the back button. Default false. */
  readonly backForwardCache?: boolean
}

/** Starts a browser in which every host under `.test` is this machine, and no other exists. */
export async function startChromium(
  binary: ChromiumBinary,
  { https = {}, backForwardCache = false }: ChromiumOptions = {},
): Promise<Chromium> {
  const ports = Object.entries(https).map(([host, port]) => `MAP ${host}:443 127.0.0.1:${port}`)
  const browser = await chromium.launch({
    executablePath: binary.file,
    // Its sandbox takes root or user namespaces, and the pages here are our own.
    chromiumSandbox: false,
    ignoreDefaultArgs: backForwardCache ? ['--disable-back-forward-cache'] : [],
    args: [
      `--host-resolver-rules=${[...ports, ...hostRules].join(', ')}`,
      `--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`,
    ],
    env: { ...process.env, ...binary.env },
  })
  return {
    version: browser.version(),
    newProfile: async (options) => newProfile(browser, options),
    close: async () => browser.close(),
  }
}

/**
 * Of the servers of authorities.ts. What comes with a certificate that is only overlooked, as all others
 * are, Chromium keeps in no cache.
 */
const trustedKeys = [firstAuthority, secondAuthority].map(({ server }) => {
  const key = createPublicKey(server.cert).export({ type: 'spki', format: 'der' })
  return hash('sha256', key, 'base64')
})

const hostRules = [
  'MAP *.test 127.0.0.1',
  'MAP * ~NOTFOUND',
  'EXCLUDE 127.0.0.1',
  'EXCLUDE localhost',
]

async function newProfile(browser: Browser, options: ProfileOptions = {}): Promise<Profile> {
  const { javaScript = true, cookies = true, ...asIs } = options
  const context = await browser.newContext({
    ...asIs,
    javaScriptEnabled: javaScript,
    ignoreHTTPSErrors: true,
  })
  // What does not come, does not come: a test that waits for it shall say so, before its file is given up.
  context.setDefaultTimeout(30_000)
  return {
    context,
    newPage: async () => {
      const page = await context.newPage()
      if (cookies === false) await refuseCookies(page)
      if (typeof cookies === 'object') await refuseCookies(page, cookies.except)
      return page
    },
    close: async () => context.close(),
  }
}

/**
 * Takes away what each response has set, that of a redirect too, before the next request begins. Default: of
 * every host.
 */
async function refuseCookies(page: Page, host?: string): Promise<void> {
  const context = page.context()
  const session = await context.newCDPSession(page)
  session.on('Fetch.requestPaused', ({ requestId }) => {
    void context
      .clearCookies(host === undefined ? {} : { domain: host })
      .then(async () => session.send('Fetch.continueRequest', { requestId }))
      // The tab is closed.
      .catch(() => {})
  })
  await session.send('Fetch.enable', { patterns: [{ requestStage: 'Response' }] })
  if (host === undefined) {
    await session.send('Emulation.setDocumentCookieDisabled', { disabled: true })
  }
}

/**
 * Presses the tab key until the focus is on what the selector names, as somebody without a mouse
 * does. Throws when it cannot be reached so.
 */
export async function tabTo(page: Page, selector: string): Promise<void> {
  const focused = page.locator(`${selector}:focus`)
  for (let presses = 0; presses < 50; presses += 1) {
    await page.keyboard.press('Tab')
    if ((await focused.count()) > 0) return
  }
  throw new Error(`Cannot reach "${selector}" with the tab key`)
}
