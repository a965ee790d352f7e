package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every program below does what a stranger does who knows only the README: order, pay, hear of it, refund, download the
// bill and add it up. It ends with one line.
const reconciled = "SUCCESS SUCCESS received 88.00 refunded 30.00"

func TestExampleInGo(t *testing.T) {
	root, shop := filepath.Join("..", ".."), filepath.Join(t.TempDir(), "shop")
	build := exec.Command("go", "build", "-o", shop, "./wechat/sim/examples/go")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	s := startSimulator(t)
	finish(t, exec.Command(shop, s.base.String()), s.proxyEnv(t), reconciled)
}

func TestExampleInNode(t *testing.T) {
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	s := startSimulator(t)
	finish(t, exec.Command("node", "../../wechat/sim/examples/node/pay.cjs", s.base.String()), []string{"NODE_PATH=" + modules}, reconciled)
}

// booked is what the programs without an SDK say: their trade bill and their fund flow agree.
const booked = reconciled + " fees 0.35 kept 57.65"

// TestExamplesWithoutSDK runs the programs of the other languages, by base URL and through the proxy; of one simulator, so
// that a second run in the same world is one too.
func TestExamplesWithoutSDK(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "wechat", "sim", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range []struct {
		name    string
		needs   []string                 // a command that fails where the program cannot run
		command func(ca string) []string // ca: file of the authority; empty: by base URL
	}{
		{"python", []string{"python3", "-c", "import cryptography"}, func(string) []string {
			return []string{"python3", filepath.Join(examples, "python", "shop.py")}
		}},
		{"php", []string{"php", "-r", "exit(extension_loaded('curl') && extension_loaded('openssl') ? 0 : 1);"}, func(ca string) []string {
			return []string{"php", "-d", "curl.cainfo=" + ca, filepath.Join(examples, "php", "shop.php")}
		}},
	} {
		t.Run(example.name, func(t *testing.T) {
			if err := exec.Command(example.needs[0], example.needs[1:]...).Run(); err != nil {
				t.Skipf("%s cannot run here: %v", strings.Join(example.needs, " "), err)
			}
			s := startSimulator(t)
			run := func(ca string, env []string, more ...string) {
				command := append(append(example.command(ca), s.base.String()), more...)
				finish(t, exec.Command(command[0], command[1:]...), env, booked)
			}
			run("", nil)
			env, ca := s.proxyEnv(t), filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(ca, s.authority(t), 0o600); err != nil {
				t.Fatal(err)
			}
			run(ca, env, "https://api.mch.weixin.qq.com")
		})
	}
}

// TestProxy reaches WeChat's own https addresses through the simulator as a proxy, from programs that know nothing of it.
func TestProxy(t *testing.T) {
	s := startSimulator(t)
	var a account
	s.control(t, "POST", "/accounts", map[string]any{"appid": "wx0001", "name": "熟客市集"}, &a)
	address := fmt.Sprintf("https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=%s&secret=%s", a.AppID, a.Secret)
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	env := append(s.proxyEnv(t), "NODE_PATH="+modules)
	for _, program := range []struct{ name, flag, text string }{
		{"curl", "-sS", address},
		{"python3", "-c", "import sys, urllib.request as r; print(r.urlopen(" + fmt.Sprintf("%q", address) + ").read().decode())"},
		{"node", "-e", "require('axios').get('" + address + "').then((r) => console.log(JSON.stringify(r.data)))"},
	} {
		t.Run(program.name, func(t *testing.T) {
			if _, err := exec.LookPath(program.name); err != nil {
				t.Skipf("%s is not installed", program.name)
			}
			finish(t, exec.Command(program.name, program.flag, program.text), env, "access_token")
		})
	}
	t.Run("another host", func(t *testing.T) {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("curl is not installed")
		}
		curl := exec.Command("curl", "-sS", "https://example.com/")
		curl.Env = append(os.Environ(), env...)
		if text, err := curl.CombinedOutput(); err == nil || !strings.Contains(string(text), "403") {
			t.Errorf("a host that is not played was answered: %v %s", err, text)
		}
	})
}

// proxyEnv is the environment of a program that shall take the simulator for WeChat's hosts.
func (s *simulator) proxyEnv(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, s.authority(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"HTTPS_PROXY=" + s.base.String(), "https_proxy=" + s.base.String(), "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"SSL_CERT_FILE=" + file, "CURL_CA_BUNDLE=" + file, "NODE_EXTRA_CA_CERTS=" + file}
}

// finish runs a program to its end and looks for words in what it says.
func finish(t *testing.T, program *exec.Cmd, env []string, want string) {
	t.Helper()
	program.Env = append(os.Environ(), env...)
	end := time.AfterFunc(time.Minute, func() { program.Process.Kill() })
	defer end.Stop()
	if text, err := program.CombinedOutput(); err != nil || !strings.Contains(string(text), want) {
		t.Fatalf("%s: %v, said %q, wanted %q", filepath.Base(program.Path), err, text, want)
	}
}
