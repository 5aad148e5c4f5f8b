import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** What of a provider can fail by itself. */
export type ProviderEndpoint =
  | 'discovery'
  | 'keys'
  | 'authorization'
  | 'token'
  | 'userinfo'
  | 'revocation'
  | 'end-session'

const endpoints = new Map<string, ProviderEndpoint>([
  ['/.well-known/openid-configuration', 'discovery'],
  ['/jwks', 'keys'],
  ['/auth', 'authorization'],
  ['/token', 'token'],
  ['/me', 'userinfo'],
  ['/token/revocation', 'revocation'],
  ['/session/end', 'end-session'],
])

/** How it fails. */
export type ProviderFault =
  /** 500 with an OAuth error. */
  | 'error'
  /** 400 `invalid_grant`. */
  | 'invalid-grant'
  /** 200 with a page of HTML that says it is JSON. */
  | 'garbage'
  /** The connection closes before anything is done. */
  | 'reset'
  /** It does what it is asked for, and the connection closes before the answer. */
  | 'lost-answer'
  /** No answer until it is mended; then the usual one. */
  | 'hold'

/** A request that came to an endpoint. */
export interface ProviderCall {
  /** Of the token endpoint: `authorization_code`, `refresh_token`, … */
  readonly grantType: string | undefined
  /** How the client said who it is. */
  readonly clientAuthentication: 'basic' | 'post' | 'jwt' | 'none'
  /** What of its form nobody else may read: code, code verifier, tokens, client secret. */
  readonly secrets: readonly string[]
}

/** The faults of one provider, and what was asked of it. */
export interface ProviderFaults {
  /** From now on, or for the next so many requests. */
  readonly fail: (endpoint: ProviderEndpoint, fault: ProviderFault, times?: number) => void
  /** Answers as usual again: that endpoint, or all of them. */
  readonly mend: (endpoint?: ProviderEndpoint) => void
  /** Every request to the endpoint so far, oldest first; failed and held ones too. */
  readonly calls: (endpoint: ProviderEndpoint) => readonly ProviderCall[]
  /** How many requests are held now. */
  readonly held: () => number
}

type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => Promise<void>

interface Broken {
  readonly fault: ProviderFault
  left: number
  readonly mended: PromiseWithResolvers<void>
}

/** Faults to put in front of a provider, which are none at first. */
export function createProviderFaults(): ProviderFaults & { readonly middleware: Middleware } {
  const broken = new Map<ProviderEndpoint, Broken>()
  const calls = new Map<ProviderEndpoint, ProviderCall[]>()
  let held = 0

  const mend = (endpoint: ProviderEndpoint) => {
    broken.get(endpoint)?.mended.resolve()
    broken.delete(endpoint)
  }
  const take = (endpoint: ProviderEndpoint): Broken | undefined => {
    const found = broken.get(endpoint)
    if (found === undefined) return undefined
    found.left -= 1
    if (found.left === 0 && found.fault !== 'hold') broken.delete(endpoint)
    return found.left < 0 ? undefined : found
  }
  const answer = async (ctx: KoaContextWithOIDC, next: () => Promise<void>, fault?: Broken) => {
    switch (fault?.fault) {
      case undefined:
        return next()
      case 'hold':
        held += 1
        await fault.mended.promise
        held -= 1
        return next()
      case 'lost-answer':
        await next()
        return hangUp(ctx)
      case 'reset':
        return hangUp(ctx)
      case 'error':
        ctx.status = 500
        ctx.body = { error: 'server_error' }
        return undefined
      case 'invalid-grant':
        ctx.status = 400
        ctx.body = { error: 'invalid_grant' }
        return undefined
      case 'garbage':
        ctx.type = 'application/json'
        ctx.body = '<!doctype html><title>Sorry</title>'
        return undefined
    }
  }

  return {
    middleware: async (ctx, next) => {
      const endpoint = endpoints.get(ctx.path)
      if (endpoint === undefined) return next()
      const call = await callOf(ctx)
      calls.set(endpoint, [...(calls.get(endpoint) ?? []), call])
      return answer(ctx, next, take(endpoint))
    },
    fail: (endpoint, fault, times = Number.POSITIVE_INFINITY) => {
      mend(endpoint)
      broken.set(endpoint, { fault, left: times, mended: Promise.withResolvers() })
    },
    mend: (endpoint) => {
      for (const each of endpoint === undefined ? [...broken.keys()] : [endpoint]) mend(each)
    },
    calls: (endpoint) => calls.get(endpoint) ?? [],
    held: () => held,
  }
}

function hangUp(ctx: KoaContextWithOIDC): void {
  ctx.respond = false
  ctx.req.socket.destroy()
}

async function callOf(ctx: KoaContextWithOIDC): Promise<ProviderCall> {
  const form = new URLSearchParams(await peekAtBody(ctx.req))
  return {
    grantType: form.get('grant_type') ?? undefined,
    clientAuthentication: clientAuthentication(ctx.get('authorization'), form),
    secrets: secretParameters.flatMap((name) => form.getAll(name)),
  }
}

const secretParameters = ['code', 'code_verifier', 'refresh_token', 'client_secret', 'token']

function clientAuthentication(
  authorization: string,
  form: URLSearchParams,
): ProviderCall['clientAuthentication'] {
  if (authorization.startsWith('Basic ')) return 'basic'
  if (form.has('client_assertion')) return 'jwt'
  return form.has('client_secret') ? 'post' : 'none'
}

/** Reads the body and puts it back, for the provider wants to read it itself. */
async function peekAtBody(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers['content-length'] ?? 0)
  const chunks: Buffer[] = []
  for (let received = 0; received < length; ) {
    const chunk = request.read() as Buffer | null
    if (chunk === null) {
      await once(request, 'readable')
    } else {
      chunks.push(chunk)
      received += chunk.length
    }
  }
  const body = Buffer.concat(chunks)
  if (body.length > 0) request.unshift(body)
  return body.toString()
}
