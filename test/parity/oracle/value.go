package main

import (
	"encoding/hex"
	"encoding/json"
	"sort"
	"strconv"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/lazy"
)

// tagged says a CEL value in JSON, each with its type, as {"int": "5"}. Numbers are text, because
// JSON's would lose bits; maps are lists of pairs, sorted, because CEL's have no order.
func tagged(value ref.Val) map[string]any {
	switch v := value.(type) {
	case nil:
		return map[string]any{"nothing": true}
	case types.Bool:
		return map[string]any{"bool": bool(v)}
	case types.Int:
		return map[string]any{"int": strconv.FormatInt(int64(v), 10)}
	case types.Uint:
		return map[string]any{"uint": strconv.FormatUint(uint64(v), 10)}
	case types.Double:
		return map[string]any{"double": strconv.FormatFloat(float64(v), 'g', -1, 64)}
	case types.String:
		return map[string]any{"string": string(v)}
	case types.Bytes:
		return map[string]any{"bytes": hex.EncodeToString(v)}
	case types.Null:
		return map[string]any{"null": true}
	case types.Timestamp:
		return map[string]any{"timestamp": v.UTC().Format(time.RFC3339Nano)}
	case types.Duration:
		return map[string]any{"duration": strconv.FormatInt(int64(v.Duration), 10)}
	case *types.Type:
		return map[string]any{"type": v.TypeName()}
	case *types.Optional:
		if !v.HasValue() {
			return map[string]any{"optional": nil}
		}
		return map[string]any{"optional": tagged(v.GetValue())}
	case *types.Err:
		return map[string]any{"error": v.Error()}
	case *lazy.MapValue:
		return map[string]any{"lazy": v.Type().TypeName()}
	case traits.Mapper:
		return map[string]any{"map": pairs(v)}
	case traits.Lister:
		return list(v)
	default:
		held := value.Value()
		if format, ok := held.(apiservercel.Format); ok {
			held = format.Name
		}
		return map[string]any{"opaque": value.Type().TypeName(), "text": text(held)}
	}
}

// list marks what the authenticator refuses as a result: a list that is natively something else than
// a list of values, as the []string of split().
func list(lister traits.Lister) map[string]any {
	size, _ := lister.Size().(types.Int)
	elements := make([]map[string]any, 0, size)
	for i := types.Int(0); i < size; i++ {
		elements = append(elements, tagged(lister.Get(i)))
	}
	answer := map[string]any{"list": elements}
	switch lister.Value().(type) {
	case []any, []ref.Val:
	default:
		answer["native"] = true
	}
	return answer
}

func pairs(mapper traits.Mapper) [][2]map[string]any {
	type pair struct {
		order string
		both  [2]map[string]any
	}
	var found []pair
	for i := mapper.Iterator(); i.HasNext() == types.True; {
		key := i.Next()
		value, ok := mapper.Find(key)
		if !ok {
			// A key that unescaping hides cannot be looked up by its own name.
			value = types.NewErr("hidden key")
		}
		name := tagged(key)
		order, err := json.Marshal(name)
		if err != nil {
			panic(err)
		}
		found = append(found, pair{string(order), [2]map[string]any{name, tagged(value)}})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].order < found[j].order })
	all := make([][2]map[string]any, 0, len(found))
	for _, p := range found {
		all = append(all, p.both)
	}
	return all
}
