import { Document, isCollection, visit } from 'yaml'
import { comment, commentLines } from '../yaml-comment.ts'
import type { Grant } from './objects.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = `${apiGroup}/v1`

/** The grants as YAML documents with their reasons as comments; each begins with `---`. */
export function printGrants(grants: readonly Grant[]): string {
  return grants.flatMap((grant) => [...printRole(grant), printBinding(grant)]).join('')
}

function printRole({ why, name, namespace, role }: Grant): readonly string[] {
  if ('clusterRole' in role) return []
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const document = new Document({
    apiVersion,
    kind,
    metadata: metadata({ name, namespace }),
    rules: role.map(({ rule }) => rule),
  })
  for (const [index, rule] of role.entries())
    explain(document, { path: ['rules', index], why: rule.why })
  return [print(document, why)]
}

function printBinding({ why, name, namespace, role, to, toNote }: Grant): string {
  const isOwn = !('clusterRole' in role)
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
  const document = new Document({
    apiVersion,
    kind,
    metadata: metadata({ name, namespace }),
    roleRef: {
      apiGroup,
      kind: namespace === undefined ? 'ClusterRole' : 'Role',
      name: isOwn ? name : role.clusterRole,
    },
    subjects: [{ kind: 'ServiceAccount', namespace: to.namespace, name: to.name }],
  })
  if (toNote !== undefined) explain(document, { path: ['subjects', 0], why: toNote })
  return print(document, isOwn ? undefined : why)
}

function metadata({ name, namespace }: Pick<Grant, 'name' | 'namespace'>): object {
  return namespace === undefined ? { name } : { name, namespace }
}

function explain(
  document: Document,
  { path, why }: { readonly path: readonly unknown[]; readonly why: string },
): void {
  const node = document.getIn(path, true)
  if (isCollection(node)) node.commentBefore = commentLines(why).join('\n')
}

function print(document: Document, why: string | undefined): string {
  // Lists of words in one line each, as people write roles.
  visit(document, {
    Seq: (_, list) => {
      if (!list.items.some(isCollection)) list.flow = true
    },
  })
  const text = document.toString({ lineWidth: 100, flowCollectionPadding: false })
  return `---\n${why === undefined ? '' : comment(why)}${text}`
}
