import type { Config } from '../config/types.ts'
import { comment } from '../yaml-comment.ts'
import { impersonatorGrants, impersonatorNotes } from './impersonator.ts'
import { ownGrants } from './own-account.ts'
import { printGrants } from './print.ts'

/** Before each line of the variant that is not in force; see {@link printRbac}. */
const inactive = '#| '

const beginPlain = '# begin plain impersonation'
const endPlain = '# end plain impersonation'

/**
 * The least RBAC that Attaché needs with a configuration, as YAML that `kubectl apply -f -` takes. The
 * impersonator's right is there as plain impersonation, which every Kubernetes has, and after it as
 * constrained impersonation, commented out: both together would be the weaker one.
 */
export function printRbac(config: Config): string {
  const own = ownGrants(config)
  const plain = impersonatorGrants(config, 'plain')
  const ownText = printGrants(own)
  if (plain.length === 0) {
    const why = 'No route has identity: impersonate, so nobody needs the right to impersonate.'
    const nothing = own.length === 0 ? ' Attaché asks the API server nothing.' : ''
    return comment(why + nothing) + ownText
  }
  return `${comment(introduction)}${commands}${ownText}${beginPlain}
${notes(config, 'plain')}${printGrants(plain)}${endPlain}
${commentOut(notes(config, 'user-info') + printGrants(impersonatorGrants(config, 'user-info')))}`
}

const introduction =
  'The impersonator has its right in two forms; apply one. As it stands, this is plain impersonation, for every version of Kubernetes. Constrained impersonation (on by default from Kubernetes 1.36) follows in the lines that begin with "#|": it cannot reach system:masters, nodes and requests that no route lets through. To have it instead:'

const commands = `#   attache rbac --config FILE | sed -e '/^${beginPlain}/,/^${endPlain}/d' -e 's/^#| \\{0,1\\}//' | kubectl apply -f -
`

function notes(config: Config, form: 'plain' | 'user-info'): string {
  return impersonatorNotes(config, form).map(comment).join('')
}

function commentOut(text: string): string {
  return text.replace(/^.+$/gm, (line) => `${inactive}${line}`)
}
