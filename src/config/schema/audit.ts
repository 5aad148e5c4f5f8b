import { auditFormats } from '../../audit/audit-log.ts'
import { choice, map } from './parts.ts'

export const auditSchema = map(
  {
    format: choice(auditFormats, {
      description: 'How a line looks; authn-lines: as kube-oidc-proxy writes them.',
      default: 'json',
    }),
  },
  { description: 'The audit lines of routes with audit: true.', default: {} },
)
