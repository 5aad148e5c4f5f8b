/** Objects of `rbac.authorization.k8s.io/v1`, each with a sentence that says why it is there. */

/** What one rule of a role allows. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

export interface Rule {
  readonly why: string
  readonly rule: PolicyRule
}

export interface Account {
  readonly namespace: string
  readonly name: string
}

/** A role and who has it. */
export interface Grant {
  readonly why: string
  /** Of the role and of the binding. */
  readonly name: string
  /** A Role there; undefined: a ClusterRole. */
  readonly namespace: string | undefined
  /** Rules of a role of its own, or a ClusterRole that every cluster has. */
  readonly role: readonly Rule[] | { readonly clusterRole: string }
  readonly to: Account
  /** What the operator must look at. */
  readonly toNote: string | undefined
}
