import { map } from './parts.ts'

/** Empty: OpenTelemetry has settled names for all there is to say, and they are not those of a file. */
export const tracingSchema = map(
  {},
  {
    description:
      'Traces, sent with OpenTelemetry as its standard OTEL_* environment variables say; {} switches them on.',
  },
)
