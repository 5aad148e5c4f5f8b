import { parseObject } from '../../json/go-json.ts'
import type { Installation } from './installation.ts'
import type { Rendered } from './rendered.ts'
import { entriesAt, textAt, type Unread } from './values.ts'

/** Where models are called, as a ConfigMap of KServe or Knative says it. */
export interface ModelPlace {
  readonly object: Rendered
  /** Which setting says so, and what it is. */
  readonly setting: string
  readonly host: PlaceTemplate
  /** Undefined: every path of the host. */
  readonly path: PlaceTemplate | undefined
}

/** A template of Go, filled in; undefined for one that asks for more than names. */
export type PlaceTemplate = (model: ModelName) => string | undefined

/** Of an InferenceService. */
export interface ModelName {
  readonly name: string
  readonly namespace: string
}

/** Defaults of both projects. */
const knativeTemplate = '{{.Name}}.{{.Namespace}}.{{.Domain}}'
const kserveTemplate = '{{ .Name }}-{{ .Namespace }}.{{ .IngressDomain }}'
const kserveDomain = 'example.com'

/** Every place that models can have at a gateway: KServe takes Knative's hosts, or makes its own without it. */
export function modelPlacesOf(installation: Installation): readonly ModelPlace[] {
  const byName = (wanted: string) =>
    installation.ofKind('ConfigMap').filter(({ name }) => name === wanted)
  const ofKnative = (name: string) =>
    byName(name).filter(({ namespace }) => namespace === 'knative-serving')
  const [network] = ofKnative('config-network')
  const template = textAt(network?.value, 'data', 'domain-template') ?? knativeTemplate
  const domains = ofKnative('config-domain').flatMap((object) =>
    entriesAt(object.value, 'data')
      .map(([domain]) => domain)
      // `_example` explains the others.
      .filter((domain) => !domain.startsWith('_'))
      .map((domain): ModelPlace => {
        const setting = `the domain "${domain}"`
        return { object, setting, host: templateOf(template, domain), path: undefined }
      }),
  )
  return [
    ...domains,
    ...byName('inferenceservice-config').flatMap((one) => ofKServe(one, template)),
  ]
}

function ofKServe(object: Rendered, ofKnative: string): readonly ModelPlace[] {
  const members = parseObject(textAt(object.value, 'data', 'ingress') ?? '')?.members ?? []
  // Go's decoder takes a name in any letters, and the last of several.
  const read = (wanted: string): Unread =>
    members.findLast(({ name }) => name.toLowerCase() === wanted.toLowerCase())?.value
  const text = (wanted: string) => {
    const found = read(wanted)
    return typeof found === 'string' && found !== '' ? found : undefined
  }
  const domain = text('ingressDomain') ?? kserveDomain
  const template = text('domainTemplate') ?? kserveTemplate
  const path = text('pathTemplate')
  const additional = read('additionalIngressDomains')
  const more = Array.isArray(additional) ? additional.map(String) : []
  const at = (setting: string, host: PlaceTemplate): ModelPlace => {
    return { object, setting, host, path: undefined }
  }
  return [
    ...(read('disableIngressCreation') === true
      ? []
      : [at(`domainTemplate "${template}"`, templateOf(template, domain))]),
    ...more.flatMap((one) => [
      at(`additionalIngressDomains "${one}"`, templateOf(template, one)),
      at(`additionalIngressDomains "${one}"`, templateOf(ofKnative, one)),
    ]),
    ...(path === undefined
      ? []
      : [
          {
            object,
            setting: `pathTemplate "${path}"`,
            host: () => domain,
            path: templateOf(path, domain),
          },
        ]),
  ]
}

function templateOf(template: string, domain: string): PlaceTemplate {
  return ({ name, namespace }) => {
    const values: Readonly<Record<string, string>> = {
      Name: name,
      Namespace: namespace,
      Domain: domain,
      IngressDomain: domain,
    }
    const filled = template.replaceAll(
      /\{\{-?\s*\.(\w+)\s*-?\}\}/g,
      (action, key: string) => values[key] ?? action,
    )
    return filled.includes('{{') ? undefined : filled
  }
}
