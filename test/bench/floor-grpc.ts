/** The floor of gRPC checks: grpc-js with proto-loader answering every check with the same yes. */
import { fileURLToPath } from 'node:url'
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const protos = fileURLToPath(new URL('../../protos', import.meta.url))
const definition = loadSync('envoy/service/auth/v3/external_auth.proto', {
  includeDirs: [protos],
  keepCase: true,
})
const service = definition['envoy.service.auth.v3.Authorization'] as ServiceDefinition
const answer = {
  status: { code: 0 },
  ok_response: { headers: [{ header: { key: 'kubeflow-userid', value: 'alice@example.com' } }] },
}
const check: UntypedHandleCall = (
  _call: unknown,
  callback: (error: null, response: object) => void,
) => callback(null, answer)

const server = new Server()
server.addService(service, { Check: check })
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error
  process.send?.({ port })
})

// Nobody is left to answer.
process.on('disconnect', () => process.exit())
