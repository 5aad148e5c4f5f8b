import type { CelCases } from './cel-cases.ts'

/** Messages of protobuf that CEL knows, and the names of types. */
export const typeNameCases: readonly CelCases[] = [
  {
    about: 'messages and type names',
    expressions: [
      ...[
        'google.protobuf.BoolValue{value: true}',
        'google.protobuf.BoolValue{}',
        'google.protobuf.BoolValue{value: 1}',
      ],
      ...[
        'google.protobuf.BoolValue{value: true} == true',
        'google.protobuf.StringValue{value: "a"} + "b"',
      ],
      ...[
        'google.protobuf.Int32Value{value: 1} + 1',
        'google.protobuf.Int32Value{value: 2147483648}',
      ],
      ...[
        'google.protobuf.Int64Value{value: 9}',
        'google.protobuf.UInt32Value{value: 1u}',
        'google.protobuf.UInt64Value{}',
      ],
      ...[
        'google.protobuf.DoubleValue{value: 1.5}',
        'google.protobuf.FloatValue{value: 1.1}',
        'google.protobuf.BytesValue{value: b"a"}',
      ],
      ...[
        'google.protobuf.Timestamp{seconds: 1}',
        'google.protobuf.Duration{seconds: 1, nanos: 5}',
        'google.protobuf.Empty{}',
      ],
      ...[
        'google.protobuf.Timestamp{seconds: 1} == timestamp(1)',
        'google.protobuf.Duration{seconds: 60} == duration("1m")',
      ],
      ...[
        'google.protobuf.Struct{}',
        'google.protobuf.Value{string_value: "a"}',
        'google.protobuf.ListValue{}',
        'google.protobuf.Any{}',
      ],
      ...[
        'google.protobuf.Value{number_value: 1.0} == 1.0',
        'google.protobuf.Value{}',
        'google.protobuf.NullValue.NULL_VALUE',
      ],
      ...[
        'kubernetes.UserInfo{}',
        'kubernetes.UserInfo{username: "a"}',
        'kubernetes.URL{}',
        'Unknown{}',
        'claims{}',
        'int{}',
      ],
      ...[
        'google.protobuf.BoolValue{value: true, value: false}',
        'google.protobuf.BoolValue{?value: optional.of(true)}',
      ],
      ...[
        'google.protobuf.BoolValue{nope: true}',
        'google.protobuf.BoolValue{value: null}',
        'google.protobuf.StringValue{}.value',
      ],
      ...[
        'type(1)',
        'type(1u)',
        'type(1.0)',
        "type('')",
        "type(b'')",
        'type(true)',
        'type(null)',
        'type([])',
        'type({})',
      ],
      ...[
        'type(type(1))',
        'type(int)',
        'type(timestamp(0))',
        'type(duration("1s"))',
        'type(optional.none())',
        'type(claims)',
      ],
      ...[
        'type(claims.n) == double',
        'type(claims.sub) == string',
        'type(claims.list) == list',
        'type(claims.nested) == map',
      ],
      ...[
        'type(claims.nil) == null_type',
        'type(claims) == map',
        'type(ip("1.1.1.1")) == net.IP',
        'type(quantity("1"))',
      ],
      ...[
        'int',
        'string == string',
        'string == int',
        'type(1) == type(2)',
        'type(dyn(1)) == int',
        'list',
        'map',
        'null_type',
      ],
      ...[
        'list(string)',
        'map(string, int)',
        'optional_type',
        'type(optional.of(1)) == optional_type',
        'timestamp',
        'type == type',
      ],
      ...[
        'dyn(1)',
        'dyn(1) + 1',
        "dyn(1) + 'a'",
        'dyn(dyn(1))',
        "type(dyn('a'))",
        'google.protobuf.Timestamp == type(timestamp(0))',
      ],
    ],
  },
]
