// Requests answers whom kube-apiserver sees in client certificates and in the headers of a front proxy:
// its own authenticators of requests, asked with one JSON list of questions on the input, answering with
// one of answers.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/request/headerrequest"
	requestx509 "k8s.io/apiserver/pkg/authentication/request/x509"
)

type question struct {
	// PEM. The first of the certificates is the client's.
	Roots        []string `json:"roots"`
	Certificates []string `json:"certificates"`

	// Given: the certificate is that of a front proxy, and these are its headers.
	Headers      [][2]string `json:"headers"`
	AllowedNames []string    `json:"allowedNames"`
	Names        *struct {
		User          []string `json:"user"`
		UID           []string `json:"uid"`
		Group         []string `json:"group"`
		ExtraPrefixes []string `json:"extraPrefixes"`
	} `json:"names"`
}

type answer struct {
	// user, nobody or refused
	Kind   string              `json:"kind"`
	Name   string              `json:"name"`
	UID    string              `json:"uid"`
	Groups []string            `json:"groups"`
	Extra  map[string][]string `json:"extra"`
	Error  string              `json:"error"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, "Cannot read the questions:", err)
		os.Exit(1)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		answers[i] = ask(q)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(1)
	}
}

func ask(q question) answer {
	options := requestx509.DefaultVerifyOptions()
	options.Roots = x509.NewCertPool()
	for _, root := range q.Roots {
		// A file with one that cannot be read stops kube-apiserver.
		cert, err := parse(root)
		if err != nil {
			return answer{Kind: "refused", Error: err.Error()}
		}
		options.Roots.AddCert(cert)
	}
	request := &http.Request{Header: http.Header{}, TLS: &tls.ConnectionState{}}
	for _, text := range q.Certificates {
		// crypto/tls ends the connection when a certificate cannot be read.
		cert, err := parse(text)
		if err != nil {
			return answer{Kind: "refused", Error: err.Error()}
		}
		request.TLS.PeerCertificates = append(request.TLS.PeerCertificates, cert)
	}
	for _, header := range q.Headers {
		request.Header.Add(header[0], header[1])
	}
	response, ok, err := authenticatorFor(q, options).AuthenticateRequest(request)
	switch {
	case err != nil:
		return answer{Kind: "refused", Error: err.Error()}
	case !ok:
		return answer{Kind: "nobody"}
	}
	user := response.User
	return answer{
		Kind: "user", Name: user.GetName(), UID: user.GetUID(),
		Groups: user.GetGroups(), Extra: user.GetExtra(),
	}
}

func authenticatorFor(q question, options x509.VerifyOptions) authenticator.Request {
	if q.Names == nil {
		return requestx509.New(options, requestx509.CommonNameUserConversion)
	}
	static := func(values []string) headerrequest.StringSliceProvider {
		return headerrequest.StaticStringSlice(values)
	}
	return headerrequest.NewDynamicVerifyOptionsSecure(
		requestx509.StaticVerifierFn(options), static(q.AllowedNames),
		static(q.Names.User), static(q.Names.UID), static(q.Names.Group), static(q.Names.ExtraPrefixes),
	)
}

func parse(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("no PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}
