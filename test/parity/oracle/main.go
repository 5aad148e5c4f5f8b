// Oracle answers what kube-apiserver would answer: it is k8s.io/apiserver's own authenticator behind
// JSON lines. Each line of the input is a question with an id, each line of the output the answer to
// the question of that id; answers may come in another order than the questions.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"os"
	"sync"

	"k8s.io/klog/v2"
)

// question holds the members of every operation.
type question struct {
	ID json.RawMessage `json:"id"`
	Op string          `json:"op"`

	// cel
	Env        string `json:"env"`
	Expression string `json:"expression"`
	Claims     string `json:"claims"`
	User       person `json:"user"`

	// config, authenticate
	YAML                  string   `json:"yaml"`
	ServiceAccountIssuers []string `json:"serviceAccountIssuers"`
	Token                 string   `json:"token"`
	WaitMs                int      `json:"waitMs"`
}

func main() {
	silenceLog()
	out := &lines{encoder: json.NewEncoder(os.Stdout)}
	out.encoder.SetEscapeHTML(false)
	chains := newChains()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	// Waiting for an issuer must not hold up other questions; a bound keeps a long table from
	// opening hundreds of connections at once.
	slots := make(chan struct{}, 32)
	var open sync.WaitGroup
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var q question
			if err := json.Unmarshal(line, &q); err != nil {
				out.write(map[string]any{"id": nil, "error": "cannot read the question: " + err.Error()})
			} else {
				slots <- struct{}{}
				open.Add(1)
				go func() {
					defer func() { <-slots; open.Done() }()
					answer := answer(chains, q)
					answer["id"] = q.ID
					out.write(answer)
				}()
			}
		}
		if err != nil {
			break
		}
	}
	open.Wait()
}

func answer(chains *chains, q question) (result map[string]any) {
	defer func() {
		if p := recover(); p != nil {
			result = map[string]any{"ok": false, "panic": true, "error": "panic: " + text(p)}
		}
	}()
	switch q.Op {
	case "cel":
		return evaluate(q)
	case "config":
		return load(q)
	case "authenticate":
		return chains.authenticate(q)
	case "reset":
		chains.reset()
		return map[string]any{"ok": true}
	default:
		return map[string]any{"ok": false, "error": "unknown op " + q.Op}
	}
}

// lines writes one answer at a time.
type lines struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func (l *lines) write(answer map[string]any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.encoder.Encode(answer); err != nil {
		os.Exit(1)
	}
}

// silenceLog keeps kube-apiserver's log, which tells every failed discovery, out of the tests' output.
func silenceLog() {
	if os.Getenv("ORACLE_LOG") != "" {
		return
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL", "alsologtostderr": "false"} {
		if err := flags.Set(name, value); err != nil {
			panic(err)
		}
	}
	klog.SetOutput(io.Discard)
}
