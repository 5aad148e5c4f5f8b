import { createEnvironment, type Environment } from '../environment.ts'
import { userInfoType } from '../kubernetes.ts'
import { authz } from '../library/authz.ts'
import { cidr } from '../library/cidr.ts'
import { format } from '../library/format.ts'
import { ip } from '../library/ip.ts'
import { kubernetesLists } from '../library/kubernetes-lists.ts'
import { lists } from '../library/lists.ts'
import { quantity } from '../library/quantity.ts'
import { regex } from '../library/regex.ts'
import { semver } from '../library/semver.ts'
import { sets } from '../library/sets.ts'
import { strings } from '../library/strings.ts'
import { urls } from '../library/urls.ts'
import { optional } from '../standard/optional.ts'
import { twoVariableComprehensions } from '../standard/two-variable.ts'
import { anyType, type CelType, mapType, type ObjectType, stringType } from '../type.ts'

/** The variables of an environment, and the messages that they are or contain. */
export interface KubernetesEnvironmentOptions {
  readonly variables: Readonly<Record<string, CelType>>
  readonly objects?: readonly ObjectType[]
}

/**
 * An environment with every library that Kubernetes 1.36 has for stored expressions, and its limit of
 * cost.
 * {@link https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries Kubernetes, CEL libraries}
 */
export function createKubernetesEnvironment(options: KubernetesEnvironmentOptions): Environment {
  return createEnvironment({
    ...options,
    libraries: [
      optional,
      twoVariableComprehensions,
      strings,
      lists,
      kubernetesLists,
      sets,
      regex,
      urls,
      ip,
      cidr,
      quantity,
      semver,
      format,
      authz,
    ],
  })
}

/** What claim mappings and claim validation rules are compiled in. */
export function createClaimsEnvironment(): Environment {
  return createKubernetesEnvironment({ variables: { claims: mapType(stringType, anyType) } })
}

/** What user validation rules are compiled in. */
export function createUserEnvironment(): Environment {
  return createKubernetesEnvironment({
    variables: { user: { kind: 'object', name: userInfoType.name } },
    objects: [userInfoType],
  })
}
