/** Chromium, Envoys over both transports, and the Attaché that they ask: what a person meets. */
import type { Page } from 'playwright-core'
import { type Attache, type AttacheOptions, startAttache } from '../support/attache.ts'
import {
  type Chromium,
  type ChromiumOptions,
  type ProfileOptions,
  startChromium,
} from '../support/chromium.ts'
import { type ChromiumBinary, chromiumBinary } from '../support/chromium-binary.ts'
import { envoy } from '../support/parts.ts'
import { type Part, part, skipWithout } from '../support/require.ts'
import { started } from '../support/started.ts'
import { type Fronts, portsOf, startFronts, transports } from './browser-bed.ts'

interface ChromiumBedParts {
  readonly binary: string
  readonly chromium: ChromiumBinary
}

/** What a {@link ChromiumBed} needs of the machine. */
export async function chromiumBedParts(): Promise<Part<ChromiumBedParts>> {
  const binary = await part('Envoy', async () => envoy())
  const chromium = await part('Chromium', chromiumBinary)
  return {
    skip: skipWithout(binary, chromium),
    get: () => ({ binary: binary.get(), chromium: chromium.get() }),
  }
}

export interface ChromiumBed {
  readonly attache: Attache
  readonly fronts: Fronts
  readonly browser: Chromium
  /** A tab of a browser without cookies. */
  readonly openTab: (options?: ProfileOptions) => Promise<Page>
  readonly stop: () => Promise<void>
}

/** Starts it. In the browser the hosts of the fronts come before those of `https`. */
export async function startChromiumBed(
  { binary, chromium }: ChromiumBedParts,
  options: ChromiumOptions & { readonly attache: AttacheOptions },
): Promise<ChromiumBed> {
  return started(async (onStop) => {
    const attache = await startAttache(options.attache)
    onStop(attache.stop)
    const fronts = await startFronts({ binary, replicas: [attache] })
    for (const transport of transports) onStop(fronts[transport].stop)
    const https = { ...portsOf(fronts), ...options.https }
    const browser = await startChromium(chromium, { ...options, https })
    onStop(browser.close)
    const openTab: ChromiumBed['openTab'] = async (profile) =>
      (await browser.newProfile(profile)).newPage()
    return { attache, fronts, browser, openTab }
  })
}
