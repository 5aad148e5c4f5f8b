package main

import (
	"context"
	"sync"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/token/union"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// chain is the JWT block of one configuration.
type chain struct {
	token   authenticator.Token
	healthy []func() error
	cancel  context.CancelFunc
}

// construct does for JWT what kube-apiserver does: one authenticator for each entry, the first error
// ends the search. Without --egress-selector-config-file there is no way to look an egress up.
func construct(config *apiserver.AuthenticationConfiguration, disallowed []string) (*chain, error) {
	ctx, cancel := context.WithCancel(context.Background())
	made := &chain{cancel: cancel}
	var all []authenticator.Token
	for _, entry := range config.JWT {
		options := oidc.Options{
			JWTAuthenticator:     entry,
			Compiler:             compiler(),
			SupportedSigningAlgs: oidc.AllValidSigningAlgorithms(),
			DisallowedIssuers:    disallowed,
		}
		if pem := entry.Issuer.CertificateAuthority; pem != "" {
			content, err := dynamiccertificates.NewStaticCAContent("oidc-authenticator", []byte(pem))
			if err != nil {
				cancel()
				return nil, err
			}
			options.CAContentProvider = content
		}
		one, err := oidc.New(ctx, options)
		if err != nil {
			cancel()
			return nil, err
		}
		all = append(all, one)
		made.healthy = append(made.healthy, one.HealthCheck)
	}
	made.token = authenticator.WrapAudienceAgnosticToken(
		authenticator.Audiences{"https://kubernetes.default.svc"}, union.NewFailOnError(all...))
	return made, nil
}

// wait returns when every issuer has been discovered, or after the given time: kube-apiserver does
// not wait for an issuer that does not answer either.
func (c *chain) wait(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(time.Millisecond) {
		ready := true
		for _, check := range c.healthy {
			ready = ready && check() == nil
		}
		if ready {
			return
		}
	}
}

// chains keeps what was built for a configuration, as kube-apiserver does from one token to the next.
type chains struct {
	mutex sync.Mutex
	built map[string]func() (*chain, []problem)
}

func newChains() *chains { return &chains{built: map[string]func() (*chain, []problem){}} }

func (c *chains) of(q question) (*chain, []problem) {
	c.mutex.Lock()
	build := c.built[q.YAML]
	if build == nil {
		build = sync.OnceValues(func() (*chain, []problem) {
			config, problems := read(q.YAML)
			if len(problems) > 0 {
				return nil, problems
			}
			made, err := construct(config, q.ServiceAccountIssuers)
			if err != nil {
				return nil, []problem{{Stage: "construct", Detail: err.Error()}}
			}
			limit := 3 * time.Second
			if q.WaitMs > 0 {
				limit = time.Duration(q.WaitMs) * time.Millisecond
			}
			made.wait(limit)
			return made, nil
		})
		c.built[q.YAML] = build
	}
	c.mutex.Unlock()
	return build()
}

func (c *chains) reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, build := range c.built {
		go func() {
			if made, _ := build(); made != nil {
				made.cancel()
			}
		}()
	}
	clear(c.built)
}

func (c *chains) authenticate(q question) map[string]any {
	chain, problems := c.of(q)
	if len(problems) > 0 {
		return map[string]any{"ok": false, "errors": problems, "error": "the configuration is refused"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	response, ok, err := chain.token.AuthenticateToken(ctx, q.Token)
	if err != nil {
		return map[string]any{"ok": false, "error": err.Error()}
	}
	if !ok {
		return map[string]any{"ok": false, "notMine": true}
	}
	found := person{
		Username: response.User.GetName(),
		UID:      response.User.GetUID(),
		Groups:   response.User.GetGroups(),
		Extra:    response.User.GetExtra(),
	}
	return map[string]any{"ok": true, "user": found}
}
