/** A person's browser in front of Kubeflow's gateway, where Dex' pages are under the same name. */
import {
  type BrowserRequest,
  createGatewayBrowser,
  type GatewayBrowser,
} from '../support/gateway-browser.ts'
import type { RawResponse } from '../support/raw-client.ts'
import { values } from '../support/wire.ts'

/** What people type. */
export const kubeflowHost = 'kubeflow.example.com'

/** Where a chain of redirects has ended. */
export interface Arrived {
  readonly response: RawResponse
  /** With its query. */
  readonly path: string
  readonly redirects: number
}

export interface KubeflowBrowser extends GatewayBrowser {
  /** Types an address and goes where it is sent; the first request may be another than a GET. */
  readonly open: (path: string, request?: BrowserRequest) => Promise<Arrived>
  /** From an address that needs a session to whatever comes after the form of Dex. */
  readonly signIn: (login: string, path?: string) => Promise<Arrived>
}

/** A browser without cookies. */
export function createKubeflowBrowser(port: number): KubeflowBrowser {
  const browser = createGatewayBrowser(port, kubeflowHost)

  const open = async (start: string, request: BrowserRequest = {}): Promise<Arrived> => {
    let path = start
    let response = await browser.navigate(path, request)
    for (let redirects = 0; redirects < 15; redirects += 1) {
      const [location] = values(response.lines, 'location')
      if (response.status < 300 || response.status > 399 || location === undefined) {
        return { response, path, redirects }
      }
      path = pathOf(location, path)
      response = await browser.navigate(path, { headers: { 'sec-fetch-site': 'same-origin' } })
    }
    throw new Error(`Cannot open "${start}": too many redirects`)
  }

  return {
    ...browser,
    open,
    signIn: async (login, path = '/') => {
      const form = await open(path)
      const action = /<form[^>]*action="([^"]+)"/.exec(form.response.body)?.[1]
      if (action === undefined) throw new Error(`Cannot sign in: ${form.response.body}`)
      const arrived = await open(pathOf(action.replaceAll('&amp;', '&'), form.path), {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
        },
        body: String(new URLSearchParams({ prompt: 'login', login, password: 'any' })),
      })
      return { ...arrived, redirects: form.redirects + arrived.redirects }
    },
  }
}

/** The path of an address of our own host; any other is where no request of this browser may go. */
function pathOf(location: string, from: string): string {
  const origin = `http://${kubeflowHost}`
  const url = new URL(location, origin + from)
  if (url.origin !== origin) throw new Error(`Cannot follow "${location}": it leads elsewhere`)
  return url.pathname + url.search
}
