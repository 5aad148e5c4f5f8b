import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { load, type PackageDefinition } from '@grpc/proto-loader'

/** Beside `src` in the repository, beside `dist` in the image. */
const protos = fileURLToPath(new URL('../../protos', import.meta.url))

/** The full name by which health checks ask for the one service that is not health itself. */
export const authorizationName = 'envoy.service.auth.v3.Authorization'

const healthName = 'grpc.health.v1.Health'

/** What the server speaks, from `protos/`. */
export interface Services {
  /** Its messages stay buffers: check-request.ts and check-response.ts read and write them. */
  readonly authorization: ServiceDefinition
  readonly health: ServiceDefinition
}

/** Loads the definitions of the services. */
export async function loadServices(): Promise<Services> {
  const files = ['envoy/service/auth/v3/external_auth.proto', 'grpc/health/v1/health.proto']
  const definitions = await load(files, { includeDirs: [protos], enums: String, defaults: true })
  const { Check: check } = serviceIn(definitions, authorizationName)
  if (check === undefined) throw new TypeError(`Cannot find Check in "${authorizationName}"`)
  return {
    authorization: {
      Check: { ...check, requestDeserialize: asItCame, responseSerialize: asItCame },
    },
    health: serviceIn(definitions, healthName),
  }
}

/** grpc-js answers an RPC error when a deserializer throws, so this one cannot. */
function asItCame(bytes: Buffer): Buffer {
  return bytes
}

function serviceIn(definitions: PackageDefinition, name: string): ServiceDefinition {
  const definition = definitions[name]
  if (definition === undefined || 'format' in definition) {
    throw new TypeError(`Cannot find service "${name}" in "${protos}"`)
  }
  return definition
}
