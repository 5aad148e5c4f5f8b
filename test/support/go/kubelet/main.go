// Command kubelet stands in for a node's kubelet: the addresses that kube-apiserver calls for exec,
// attach, port-forward and logs, served by the library that container runtimes serve them with. It
// has no containers: a command runs beside it, and a port of a pod sends back what it gets.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const (
	idleTimeout     = 4 * time.Hour
	creationTimeout = 30 * time.Second
	logInterval     = 200 * time.Millisecond
)

func main() {
	folder := flag.String("folder", ".", "with ca.crt, kubelet.crt and kubelet.key; where commands run")
	flag.Parse()
	if err := os.Chdir(*folder); err != nil {
		log.Fatal(err)
	}
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, routes()))
}

// listen takes nobody but the API server: whoever else may connect could run commands.
func listen() (net.Listener, error) {
	root, err := os.ReadFile("ca.crt")
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair("kubelet.crt", "kubelet.key")
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(root) {
		return nil, errors.New("no certificate in ca.crt")
	}
	return tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
	})
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", serveExec)
	mux.HandleFunc("/attach/{namespace}/{pod}/{container}", serveAttach)
	mux.HandleFunc("/portForward/{namespace}/{pod}", servePortForward)
	mux.HandleFunc("/containerLogs/{namespace}/{pod}/{container}", serveLogs)
	return mux
}

func serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, machine{}, r.PathValue("pod"), "", r.PathValue("container"),
		r.URL.Query()["command"], options, idleTimeout, creationTimeout,
		remotecommand.SupportedStreamingProtocols)
}

func serveAttach(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeAttach(w, r, machine{}, r.PathValue("pod"), "", r.PathValue("container"),
		options, idleTimeout, creationTimeout, remotecommand.SupportedStreamingProtocols)
}

func servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	portforward.ServePortForward(w, r, machine{}, r.PathValue("pod"), "", options, idleTimeout,
		creationTimeout, portforward.SupportedProtocols)
}

// serveLogs writes a line again and again for whoever follows, and once for whoever does not. While
// there is a file "quiet" in the folder nothing is written.
func serveLogs(w http.ResponseWriter, r *http.Request) {
	for line := 1; ; line++ {
		for isQuiet() {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(logInterval):
			}
		}
		stamp := ""
		if r.URL.Query().Get("timestamps") == "true" {
			stamp = time.Now().UTC().Format(time.RFC3339Nano) + " "
		}
		_, err := fmt.Fprintf(w, "%sline %d of %s\n", stamp, line, r.PathValue("container"))
		if err != nil {
			return
		}
		if r.URL.Query().Get("follow") != "true" {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(logInterval):
		}
	}
}

func isQuiet() bool {
	_, err := os.Stat("quiet")
	return err == nil
}

// machine is all containers and all pods.
type machine struct{}

func (machine) ExecInContainer(
	ctx context.Context, _, _, _ string, command []string, in io.Reader, out, errs io.WriteCloser,
	_ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration,
) error {
	if len(command) == 0 {
		return errors.New("no command")
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout = out
	cmd.Stderr = errs
	if in != nil {
		// With cmd.Stdin, Wait would go on until the client's side ends, which waits for the command.
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		go func() {
			defer stdin.Close()
			_, _ = io.Copy(stdin, in)
		}()
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}

func (machine) AttachContainer(
	_ context.Context, _, _, container string, in io.Reader, out, _ io.WriteCloser, _ bool,
	_ <-chan remotecommand.TerminalSize,
) error {
	if _, err := fmt.Fprintf(out, "attached to %s\n", container); err != nil || in == nil {
		return err
	}
	_, err := io.Copy(out, in)
	return err
}

func (machine) PortForward(
	_ context.Context, _, _ string, port int32, stream io.ReadWriteCloser,
) error {
	defer stream.Close()
	if _, err := fmt.Fprintf(stream, "port %d\n", port); err != nil {
		return err
	}
	_, err := io.Copy(stream, stream)
	return err
}
