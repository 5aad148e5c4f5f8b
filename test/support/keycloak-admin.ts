import { fetch } from 'undici'
import { bootstrapAdmin } from './keycloak-distribution.ts'

/** The REST interface of a Keycloak, which its own console uses too. */
export interface KeycloakAdmin {
  /** Of the Keycloak. */
  readonly url: string
  /** A call under `/admin/realms`; throws an answer that is an error. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<AdminAnswer>
}

interface AdminAnswer {
  /** What it has told, if anything. */
  readonly body: unknown
  /** What it has made: the last part of `Location`, else empty. */
  readonly id: string
}

/** Calls as the administrator. */
export function createKeycloakAdmin(url: string): KeycloakAdmin {
  const token = async () => {
    const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: bootstrapAdmin.clientID,
        client_secret: bootstrapAdmin.clientSecret,
      }),
    })
    if (!response.ok) throw new Error(`Cannot log in to Keycloak: ${await response.text()}`)
    return ((await response.json()) as { readonly access_token: string }).access_token
  }
  return {
    url,
    call: async (method, path, body) => {
      const response = await fetch(`${url}/admin/realms${path}`, {
        method,
        headers: {
          // It lives for a minute, which a test may well take until the next call.
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/json',
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await response.text()
      if (!response.ok) {
        throw new Error(`Cannot ${method} "${path}": ${response.status} ${text}`)
      }
      const parse: (text: string) => unknown = JSON.parse
      return {
        body: text === '' ? undefined : parse(text),
        id: response.headers.get('location')?.split('/').at(-1) ?? '',
      }
    },
  }
}
