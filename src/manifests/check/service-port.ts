import type { Address } from '../../config/types.ts'
import { type Finding, fault, warning } from './finding.ts'
import type { Installation } from './installation.ts'
import type { MeshProvider } from './mesh-providers.ts'
import { nameOf, type Rendered } from './rendered.ts'
import { at, labelsAt, listAt, numberAt, textAt, type Unread } from './values.ts'

/** What a provider's port is looked at with. */
interface Asked {
  readonly installation: Installation
  /** Where Attaché listens for this transport. */
  readonly address: Address
}

/** Whether a provider's port leads to where Attaché listens, with the protocol that it speaks. */
export function checkServicePort(
  provider: MeshProvider,
  { installation, address }: Asked,
): readonly Finding[] {
  const { object, name, transport, settings } = provider
  const service = ownService(installation)
  if (service === undefined) {
    const { namespace, name: of } = installation.service
    return [
      warning(object, {
        what: `Service ${namespace}/${of} is not in these files`,
        effect: `nobody can see whether its port is the one of listen.${transport}, and HTTP/2 for gRPC`,
        fix: 'give the file that has it as well',
      }),
    ]
  }
  const number = numberAt(settings, 'port')
  const port = listAt(service.value, 'spec', 'ports').find(
    (entry) => numberAt(entry, 'port') === number,
  )
  if (port === undefined) {
    return [
      fault(object, {
        what: `provider "${name}" asks port ${number ?? 'none'}, which ${nameOf(service)} does not have`,
        effect: 'Istio cannot find it, and denies every request that is to be checked',
        fix: "use the number of the Service's port for checks over " + transport,
      }),
    ]
  }
  const listened = address.kind === 'tcp' ? address.port : undefined
  const target = targetOf(port, { service, installation })
  const wrongTarget = target !== undefined && target !== listened
  return [
    ...(wrongTarget ? [targetFault({ service, number, target, listened, transport })] : []),
    ...protocolFault(port, { service, transport }),
  ]
}

function targetFault({
  service,
  number,
  target,
  listened,
  transport,
}: {
  readonly service: Rendered
  readonly number: number | undefined
  readonly target: number
  readonly listened: number | undefined
  readonly transport: string
}): Finding {
  const where = listened === undefined ? 'a Unix socket' : `port ${listened}`
  return fault(service, {
    what: `port ${number ?? ''} leads to port ${target}, and listen.${transport} is ${where}`,
    effect: 'no check is answered, and every request is denied',
    fix: `let targetPort and listen.${transport} be the same`,
  })
}

/** Attaché's own Service, where it was rendered. */
export function ownService({ ofKind, service }: Installation): Rendered | undefined {
  return ofKind('Service').find(
    ({ namespace, name }) => namespace === service.namespace && name === service.name,
  )
}

/** The port in the pod; undefined where a name cannot be resolved. */
export function targetOf(
  port: Unread,
  { service, installation }: { readonly service: Rendered; readonly installation: Installation },
): number | undefined {
  const target = at(port, 'targetPort')
  const number = numberAt(port, target === undefined ? 'port' : 'targetPort')
  if (number !== undefined) return number
  const ports = containerPorts(service, installation)
  return numberAt(
    ports.find((entry) => textAt(entry, 'name') === target),
    'containerPort',
  )
}

/** Ports of the containers behind a Service; empty where no file has them. */
export function containerPorts(service: Rendered, { ofKind }: Installation): readonly Unread[] {
  const selector = Object.entries(labelsAt(service.value, 'spec', 'selector'))
  return ofKind('Deployment')
    .filter(({ namespace }) => namespace === service.namespace)
    .filter(({ value }) => {
      const labels = labelsAt(value, 'spec', 'template', 'metadata', 'labels')
      return selector.every(([key, label]) => labels[key] === label)
    })
    .flatMap(({ value }) => listAt(value, 'spec', 'template', 'spec', 'containers'))
    .flatMap((container) => listAt(container, 'ports'))
}

const http2: ReadonlySet<string> = new Set(['grpc', 'http2', 'kubernetes.io/h2c'])

/** Istio asks `appProtocol` first, then what the name begins with. */
function protocolFault(
  port: Unread,
  { service, transport }: { readonly service: Rendered; readonly transport: string },
): readonly Finding[] {
  const name = textAt(port, 'name') ?? ''
  const said = textAt(port, 'appProtocol') ?? name.split('-')[0] ?? ''
  const isHttp2 = http2.has(said.toLowerCase())
  if (isHttp2 === (transport === 'grpc')) return []
  const number = numberAt(port, 'port') ?? ''
  if (transport === 'http') {
    return [
      fault(service, {
        what: `port ${number} says that it speaks HTTP/2, and listen.http does not`,
        effect: 'no check is answered, and every request is denied',
        fix: 'name it http-check, with appProtocol http or none',
      }),
    ]
  }
  return [
    fault(service, {
      what: `port ${number} does not say that it speaks HTTP/2`,
      effect:
        'Envoy asks over HTTP/1.1, which is no gRPC: no check is answered, and every request is denied',
      fix: 'set appProtocol: grpc, or let its name begin with grpc',
    }),
  ]
}
