package conformance

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// offer is one endpoint as the simulator lists it.
type offer struct {
	Group    string `json:"group"`
	Kind     string `json:"kind"`
	Host     string `json:"host"`
	Pattern  string `json:"pattern"`
	Title    string `json:"title"`
	Fidelity string `json:"fidelity"`
	Note     string `json:"note,omitempty"`
}

const (
	workKind = "work" // what the inspector calls WeCom's calls
	workHost = "qyapi.weixin.qq.com"
)

// simulator is the pocket WeChat, running as a process of its own.
type simulator struct {
	base     *url.URL
	offers   []offer
	firstDay string         // +08:00
	routes   *http.ServeMux // knows to which pattern a logged request belongs
}

// built is the program of this run, in a folder of this run.
var built, folder string

func TestMain(m *testing.M) {
	made, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	folder = made
	code := m.Run()
	os.RemoveAll(made)
	os.Exit(code)
}

// binary gives the program to test: CONFORMANCE_BIN, or one that is built for this run.
func binary(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("CONFORMANCE_BIN"); given != "" {
		return given
	}
	if built != "" {
		return built
	}
	out := filepath.Join(folder, "shuke")
	build := exec.Command("go", "build", "-trimpath", "-o", out, "./cmd/shuke") // as make bin does: one cache
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build shuke: %v\n%s", err, text)
	}
	built = out
	return out
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// startSimulator runs "shuke sim" on a free port with its world in memory.
func startSimulator(t *testing.T) *simulator {
	t.Helper()
	run := exec.Command(binary(t), "sim", "--addr", "127.0.0.1:0")
	run.Dir = t.TempDir()
	run.Stderr = os.Stderr
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatalf("start the simulator: %v", err)
	}
	t.Cleanup(func() {
		run.Process.Signal(syscall.SIGTERM)
		run.Wait()
	})
	lines, found := bufio.NewScanner(out), ""
	for found == "" && lines.Scan() {
		found = address.FindString(lines.Text())
	}
	if found == "" {
		t.Fatal("the simulator did not say where it listens")
	}
	go io.Copy(io.Discard, out)
	base, err := url.Parse(found)
	if err != nil {
		t.Fatal(err)
	}
	s := &simulator{base: base, routes: http.NewServeMux()}
	s.learn(t)
	s.firstDay = s.now(t).Format(time.DateOnly)
	return s
}

func (s *simulator) learn(t *testing.T) {
	t.Helper()
	var list struct {
		Endpoints []offer `json:"endpoints"`
	}
	s.control(t, "GET", "/endpoints", nil, &list)
	s.offers = list.Endpoints
	for i := range s.offers {
		o := &s.offers[i]
		if o.Kind == workKind { // paths of the two servers collide
			method, path, found := strings.Cut(o.Pattern, " ")
			if !found {
				method, path = "", o.Pattern
			}
			o.Pattern = strings.TrimSpace(method + " " + workHost + path)
		}
		s.routes.HandleFunc(o.Pattern, func(http.ResponseWriter, *http.Request) {})
	}
}

// control calls the simulator's own API under /_sim; out may be nil.
func (s *simulator) control(t testing.TB, method, path string, in, out any) {
	t.Helper()
	if err := s.try(method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

func (s *simulator) try(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, s.base.String()+"/_sim"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s /_sim%s: %d %s", method, path, resp.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// logged is one exchange of the inspector.
type logged struct {
	Seq     int64  `json:"seq"`
	Kind    string `json:"kind"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// seq is the number of the newest exchange.
func (s *simulator) seq() int64 {
	list := s.since(0, 1)
	if len(list) == 0 {
		return 0
	}
	return list[0].Seq
}

// since lists the exchanges after a number, newest first.
func (s *simulator) since(seq int64, limit int) (found []logged) {
	var page struct {
		Entries []logged `json:"entries"`
	}
	if err := s.try("GET", fmt.Sprintf("/log?limit=%d", limit), nil, &page); err != nil {
		return nil
	}
	for _, e := range page.Entries {
		if e.Seq > seq {
			found = append(found, e)
		}
	}
	return found
}

// saw tells whether the call was made after seq, with that verdict, and what was seen instead.
func (s *simulator) saw(call, verdict string, seq int64) error {
	var seen []string
	for _, e := range s.since(seq, 100) {
		pattern := s.patternOf(e)
		if pattern == call && e.Verdict == verdict {
			return nil
		}
		seen = append(seen, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.Method, e.Path, e.Verdict, e.Reason)))
	}
	return fmt.Errorf("the simulator saw no %s of that verdict (%s), but %d others: %s", call, verdict, len(seen), strings.Join(seen, "; "))
}

func (s *simulator) patternOf(e logged) string {
	target, err := url.Parse(e.Path)
	if err != nil {
		return ""
	}
	r := &http.Request{Method: e.Method, URL: &url.URL{Path: target.Path}}
	if e.Kind == workKind {
		r.Host, r.URL.Path = workHost, strings.TrimPrefix(target.Path, "/qyapi")
	}
	_, pattern := s.routes.Handler(r)
	return pattern
}

// toSim sends whatever an SDK sends to WeChat's hosts to the simulator, with the Host it was meant for.
type toSim struct{ base *url.URL }

// RoundTrip implements http.RoundTripper.
func (t toSim) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	r.URL.Scheme, r.URL.Host = t.base.Scheme, t.base.Host
	return http.DefaultTransport.RoundTrip(r)
}

// proxied is a transport that reaches WeChat's own hosts over TLS through the simulator as a proxy: nothing is rewritten.
func (s *simulator) proxied(t testing.TB) *http.Transport {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.authority(t)) {
		t.Fatal("the simulator's authority is no certificate")
	}
	return &http.Transport{Proxy: http.ProxyURL(s.base), TLSClientConfig: &tls.Config{RootCAs: roots}}
}

// authority is the certificate of the simulator's own CA, PEM.
func (s *simulator) authority(t testing.TB) []byte {
	t.Helper()
	resp, err := http.Get(s.base.String() + "/_sim/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *simulator) client() *http.Client {
	return &http.Client{Transport: toSim{s.base}, Timeout: 20 * time.Second}
}
