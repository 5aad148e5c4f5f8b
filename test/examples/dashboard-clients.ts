import assert from 'node:assert/strict'
import {
  createGatewayBrowser,
  type GatewayBrowser,
  locationOf,
  signInFrom,
} from '../support/gateway-browser.ts'
import { http1Request, type RawResponse, type RequestLine } from '../support/raw-client.ts'
import type { DashboardBed, DashboardGateway, people } from './dashboard-bed.ts'

/** Who asks one gateway of a bed. */
export interface DashboardClients {
  /** Of people who have signed in. */
  readonly browsers: Readonly<Record<keyof typeof people, GatewayBrowser>>
  /** As a script with a token, or somebody without anything. */
  readonly send: (path: string, headers?: readonly RequestLine[]) => Promise<RawResponse>
}

/** Signs everybody in, on the way to the page of the dashboard at `home`. */
export async function dashboardClients(
  { issuer, ca }: DashboardBed,
  { envoy }: DashboardGateway,
  { host, home }: { readonly host: string; readonly home: string },
): Promise<DashboardClients> {
  const tls = { ca, servername: host }
  const signedIn = async (login: keyof typeof people): Promise<GatewayBrowser> => {
    const browser = createGatewayBrowser(envoy.port(), host, tls)
    const page = await signInFrom(browser, { provider: issuer, login, path: home })
    assert.equal(locationOf(page).pathname, home)
    return browser
  }
  return {
    browsers: { alice: await signedIn('alice'), bob: await signedIn('bob') },
    send: async (path, headers = []) => http1Request(envoy.port(), { host, path, headers, tls }),
  }
}
