/**
 * The Envoy of the benchmark: the configurations that users copy, one listener for each process that
 * answers checks, all in one Envoy with one worker. It answers allowed requests by itself, so that no
 * upstream takes its share of the machine.
 */
import { parse } from 'yaml'
import type { Transport } from '../../src/check-input.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { exampleConfig } from '../support/example-envoy.ts'
import { envoy } from '../support/parts.ts'

/** Who answers the checks of a listener; no port: there are none. */
export interface Answerer {
  readonly name: string
  readonly transport: Transport
  readonly checkPort: number | undefined
  readonly listenPort: number
}

/** Starts Envoy with a listener of the same name for each of these. */
export async function startGateway(answerers: readonly Answerer[]): Promise<Envoy> {
  const parts = await Promise.all(answerers.map(listenerOf))
  const [first] = parts
  if (first === undefined) throw new RangeError('Cannot start a gateway without a listener')
  return startEnvoy({
    binary: await envoy(),
    config: {
      layered_runtime: first.layered_runtime,
      static_resources: {
        listeners: parts.flatMap(({ static_resources: { listeners } }) => listeners),
        clusters: parts.flatMap(({ static_resources: { clusters } }) => clusters),
      },
    },
  })
}

interface Bootstrap {
  readonly layered_runtime: object
  readonly static_resources: {
    readonly listeners: readonly object[]
    readonly clusters: readonly object[]
  }
}

const attachePort = { grpc: 9090, http: 8080 }

/** The example with its names and ports made those of one listener. */
async function listenerOf({
  name,
  transport,
  checkPort,
  listenPort,
}: Answerer): Promise<Bootstrap> {
  const text = JSON.stringify(parse(await exampleConfig(transport)))
    .replace('"name":"gateway"', `"name":"${name}"`)
    .replaceAll('"attache"', `"attache-${name}"`)
    .replace('{"cluster":"upstream","timeout":"0s"}', '"answered by Envoy"')
    .replace('"route":"answered by Envoy"', '"direct_response":{"status":200}')
    .replace('"port_value":10000', `"port_value":${listenPort}`)
    .replace(`"port_value":${attachePort[transport]}`, `"port_value":${checkPort ?? 1}`)
    .replaceAll('"upstream"', `"upstream-${name}"`)
  const bootstrap = JSON.parse(
    checkPort === undefined
      ? text.replace(
          '{"name":"envoy.filters.http.ext_authz",',
          '{"disabled":true,"name":"ext_authz",',
        )
      : text,
  ) as Bootstrap
  return bootstrap
}
