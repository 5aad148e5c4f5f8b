import type { Declarations } from '../../../src/cel/checked.ts'
import { declare } from '../../../src/cel/declare.ts'
import { ip } from '../../../src/cel/library/ip.ts'
import { kubernetesLists } from '../../../src/cel/library/kubernetes-lists.ts'
import { lists } from '../../../src/cel/library/lists.ts'
import { sets } from '../../../src/cel/library/sets.ts'
import { strings } from '../../../src/cel/library/strings.ts'
import { optional } from '../../../src/cel/standard/optional.ts'
import { twoVariableComprehensions } from '../../../src/cel/standard/two-variable.ts'
import { anyType, listType, mapType, stringType } from '../../../src/cel/type.ts'

/** Libraries and variables that the cases use: `claims` and `user` as Kubernetes declares them. */
export const declarations: Declarations = declare({
  libraries: [optional, twoVariableComprehensions, strings, lists, kubernetesLists, sets, ip],
  variables: {
    claims: mapType(stringType, anyType),
    user: { kind: 'object', name: 'kubernetes.UserInfo' },
  },
  objects: [
    {
      name: 'kubernetes.UserInfo',
      fields: new Map([
        ['username', stringType],
        ['groups', listType(stringType)],
      ]),
    },
  ],
})
