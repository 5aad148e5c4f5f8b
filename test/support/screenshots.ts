/** `npm run screenshots`: takes the pictures of docs/pages.md again. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ProfileOptions, startChromium } from './chromium.ts'
import { chromiumBinary } from './chromium-binary.ts'
import { serveGallery } from './page-gallery.ts'

interface Picture {
  /** Of the gallery. */
  readonly page: string
  readonly as: ProfileOptions
}

const window = { width: 720, height: 640 }
const phone = { width: 320, height: 640 }

/** Each page that people meet often, and each way to look at one. */
const pictures: Readonly<Record<string, Picture>> = {
  pick: { page: 'pick', as: { viewport: window } },
  'pick-narrow-dark': { page: 'pick', as: { viewport: phone, colorScheme: 'dark', locale: 'de' } },
  account: { page: 'account', as: { viewport: window } },
  'account-narrow': { page: 'account', as: { viewport: phone, locale: 'de' } },
  denied: { page: 'denied', as: { viewport: window } },
  'denied-dark': { page: 'denied', as: { viewport: window, colorScheme: 'dark', locale: 'de' } },
  unavailable: { page: 'unavailable', as: { viewport: window } },
  'sign-in-stale': { page: 'sign-in-stale', as: { viewport: window } },
  'signed-out': { page: 'signed-out', as: { viewport: window } },
  'confirm-sign-out': { page: 'confirm-sign-out', as: { viewport: window } },
}

const folder = join(import.meta.dirname, '../../docs/screenshots')
await mkdir(folder, { recursive: true })
const server = await serveGallery()
const browser = await startChromium(await chromiumBinary())
for (const [name, { page, as }] of Object.entries(pictures)) {
  const profile = await browser.newProfile(as)
  const tab = await profile.newPage()
  await tab.goto(`${server.origin}/${page}`)
  const picture = await tab.screenshot({ fullPage: true })
  await writeFile(join(folder, `${name}.png`), picture)
  console.log(`docs/screenshots/${name}.png: ${Math.round(picture.length / 1024)} KiB`)
  await profile.close()
}
await browser.close()
await server.close()
