package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	_ "time/tzdata" // for a machine without time zones
	_ "unsafe"      // for go:linkname

	celgo "github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/lazy"
	_ "k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// The values that expressions see are made by functions that package oidc keeps to itself. They are
// called here as they are, because their quirks (laziness, unescaping) are what is compared.

//go:linkname newClaimsValue k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.newClaimsValue
func newClaimsValue(claims map[string]json.RawMessage) *lazy.MapValue

//go:linkname newUserInfoValue k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.newUserInfoValue
func newUserInfoValue(info user.Info) *lazy.MapValue

//go:linkname convertCELValueToStringList k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.convertCELValueToStringList
func convertCELValueToStringList(val ref.Val) ([]string, error)

// compiler is the one that kube-apiserver makes; it is safe for concurrent use and costly to make.
var compiler = sync.OnceValue(authenticationcel.NewDefaultCompiler)

// person is the user of a question about a user validation rule.
type person struct {
	Username string              `json:"username"`
	UID      string              `json:"uid"`
	Groups   []string            `json:"groups"`
	Extra    map[string][]string `json:"extra"`
}

// activation gives an expression its only variable.
type activation struct {
	name  string
	value any
}

func (a activation) ResolveName(name string) (any, bool) { return a.value, name == a.name }
func (a activation) Parent() interpreter.Activation      { return nil }

func evaluate(q question) map[string]any {
	compiled, variable, err := prepare(q)
	if err != nil {
		return map[string]any{"compiled": false, "ok": false, "error": err.Error()}
	}
	answer := map[string]any{"compiled": true, "type": compiled.AST.OutputType().String()}
	value, details, err := compiled.Program.ContextEval(context.Background(), variable)
	if details != nil && details.ActualCost() != nil {
		answer["cost"] = *details.ActualCost()
	}
	if err != nil {
		answer["ok"], answer["error"] = false, err.Error()
		return answer
	}
	answer["ok"], answer["value"] = true, tagged(value)
	strings, err := convertCELValueToStringList(value)
	if err != nil {
		answer["stringsError"] = err.Error()
	} else {
		answer["strings"] = strings
	}
	return answer
}

func prepare(q question) (authenticationcel.CompilationResult, activation, error) {
	if q.Env == "user" {
		compiled, err := compiler().CompileUserExpression(anyType(q.Expression))
		info := &user.DefaultInfo{Name: q.User.Username, UID: q.User.UID, Groups: q.User.Groups, Extra: q.User.Extra}
		return compiled, activation{"user", newUserInfoValue(info)}, err
	}
	compiled, err := compiler().CompileClaimsExpression(anyType(q.Expression))
	if err != nil {
		return compiled, activation{}, err
	}
	claims := map[string]json.RawMessage{}
	if q.Claims != "" {
		if err := json.Unmarshal([]byte(q.Claims), &claims); err != nil {
			panic("cannot read the claims: " + err.Error())
		}
	}
	return compiled, activation{"claims", newClaimsValue(claims)}, nil
}

// anyType is an expression that may have any type.
type anyType string

func (e anyType) GetExpression() string      { return string(e) }
func (e anyType) ReturnTypes() []*celgo.Type { return []*celgo.Type{celgo.AnyType} }

func text(value any) string { return fmt.Sprint(value) }
