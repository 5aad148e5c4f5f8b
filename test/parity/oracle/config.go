package main

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
)

var (
	scheme = runtime.NewScheme()
	codecs = serializer.NewCodecFactory(scheme, serializer.EnableStrict)
)

func init() { install.Install(scheme) }

// problem is one reason why a configuration is refused; the stage says who found it.
type problem struct {
	Stage  string `json:"stage"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail"`
}

// load goes the way of --authentication-config at start-up: decode, validate, construct.
func load(q question) map[string]any {
	config, problems := read(q.YAML)
	if len(problems) == 0 {
		made, err := construct(config, q.ServiceAccountIssuers)
		if err != nil {
			problems = []problem{{Stage: "construct", Detail: err.Error()}}
		} else {
			made.cancel()
		}
	}
	if len(problems) > 0 {
		return map[string]any{"ok": false, "errors": problems}
	}
	return map[string]any{"ok": true}
}

func read(yaml string) (*apiserver.AuthenticationConfiguration, []problem) {
	config, err := decode([]byte(yaml))
	if err != nil {
		return nil, []problem{{Stage: "decode", Detail: err.Error()}}
	}
	// kube-apiserver does not know the issuers of its service accounts yet when it validates the file.
	var problems []problem
	for _, found := range validation.ValidateAuthenticationConfiguration(compiler(), config, nil) {
		problems = append(problems, problem{Stage: "validate", Field: found.Field, Detail: found.ErrorBody()})
	}
	return config, problems
}

func decode(data []byte) (*apiserver.AuthenticationConfiguration, error) {
	if len(data) == 0 {
		return nil, errors.New("empty config data")
	}
	object, err := runtime.Decode(codecs.UniversalDecoder(), data)
	if err != nil {
		return nil, err
	}
	config, ok := object.(*apiserver.AuthenticationConfiguration)
	if !ok || config == nil {
		return nil, fmt.Errorf("not an AuthenticationConfiguration but %T", object)
	}
	return config, nil
}
