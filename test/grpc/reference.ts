/** The messages of protos/ as a general library reads and writes them: what the codec by hand must equal. */
import { fileURLToPath } from 'node:url'
import { load } from '@grpc/proto-loader'

const protos = fileURLToPath(new URL('../../protos', import.meta.url))

const definitions = await load('envoy/service/auth/v3/external_auth.proto', {
  includeDirs: [protos],
  keepCase: true,
})
const authorization = definitions['envoy.service.auth.v3.Authorization']
if (authorization === undefined || 'format' in authorization) throw new TypeError('no service')
const check = authorization['Check']
if (check === undefined) throw new TypeError('no method')

/** A line of `HeaderMap`, as `encode_raw_headers` makes them or not. */
export interface ReferenceHeader {
  readonly key: string
  readonly value?: string
  readonly raw_value?: Buffer
}

/** A `CheckRequest`; field names as in protos/. */
export interface ReferenceRequest {
  readonly attributes?: {
    readonly source?: {
      readonly address?: { readonly socket_address?: { address: string } }
      readonly certificate?: string
    }
    readonly request?: {
      readonly http?: {
        readonly method?: string
        readonly headers?: Readonly<Record<string, string>>
        readonly path?: string
        readonly host?: string
        readonly header_map?: { readonly headers: readonly ReferenceHeader[] }
      }
    }
  }
}

/** A `HeaderValueOption`. */
export interface ReferenceOption {
  readonly header: { readonly key: string; readonly value: string }
  readonly append?: { readonly value?: boolean }
  readonly append_action?: number
}

/** The library brings these two along, in names of its own. */
interface Value {
  readonly stringValue?: string
  readonly structValue?: Struct
  readonly listValue?: { readonly values: readonly Value[] }
}
interface Struct {
  readonly fields: Readonly<Record<string, Value>>
}

/** A `CheckResponse`; what is not on the wire is not here. */
export interface ReferenceResponse {
  readonly status?: { readonly code?: number }
  readonly denied_response?: {
    readonly status: { readonly code: number }
    readonly headers?: readonly ReferenceOption[]
    readonly body?: string
  }
  readonly ok_response?: {
    readonly headers?: readonly ReferenceOption[]
    readonly headers_to_remove?: readonly string[]
    readonly response_headers_to_add?: readonly ReferenceOption[]
  }
  readonly dynamic_metadata?: Struct
}

/** Encodes a `CheckRequest`. */
export function encodeRequest(request: ReferenceRequest): Buffer {
  return check?.requestSerialize(request) ?? Buffer.alloc(0)
}

/** Decodes a `CheckResponse` into plain objects. */
export function decodeResponse(message: Buffer): ReferenceResponse {
  // The library gives objects with prototypes of its own, which deepEqual tells apart.
  return JSON.parse(JSON.stringify(check?.responseDeserialize(message))) as ReferenceResponse
}
