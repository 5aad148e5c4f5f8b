import { selectsField } from '../cel/check/selects-field.ts'
import type { Environment } from '../cel/environment.ts'
import {
  createClaimsEnvironment,
  createKubernetesEnvironment,
  createUserEnvironment,
} from '../cel/kubernetes/environment.ts'
import { userInfoType } from '../cel/kubernetes.ts'
import type { CelType, ObjectType } from '../cel/type.ts'
import { capturesType, requestType, sourceType } from '../routes/request-variables.ts'
import type { Compile, CompileCondition, Compilers } from './expressions.ts'

/** Compiles with the environments of Kubernetes and of routes, each made when it is first needed. */
export function createCompilers(): Compilers & { readonly condition: CompileCondition } {
  return {
    claims: lazily(createClaimsEnvironment),
    user: lazily(createUserEnvironment),
    condition: (captures) => lazily(() => createConditionEnvironment(captures)),
  }
}

function createConditionEnvironment(names: Iterable<string>): Environment {
  const captures = capturesType(names)
  return createKubernetesEnvironment({
    variables: {
      user: objectOf(userInfoType),
      request: objectOf(requestType),
      source: objectOf(sourceType),
      captures: objectOf(captures),
    },
    objects: [userInfoType, requestType, sourceType, captures],
  })
}

function objectOf({ name }: ObjectType): CelType {
  return { kind: 'object', name }
}

function lazily(create: () => Environment): Compile {
  let environment: Environment | undefined
  return (source) => {
    environment ??= create()
    const program = environment.compile(source)
    if (program.kind === 'faults') return program.faults
    const { type, evaluate, measure, checked } = program
    return {
      expression: { source, evaluate, measure },
      type,
      selectsClaim: (field) => selectsField(checked, { identifier: 'claims', field }),
    }
  }
}
