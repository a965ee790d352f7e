package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		{"java", []string{"java", "--list-modules"}, func(ca string) []string {
			command := []string{"java"}
			if ca != "" {
				command = append(command, javaTrust(t, ca)...)
			}
			return append(command, filepath.Join(examples, "java", "Shop.java"))
		}},
	} {
		t.Run(example.name, func(t *testing.T) {
			said, err := exec.Command(example.needs[0], example.needs[1:]...).CombinedOutput()
			if err != nil || example.name == "java" && !strings.Contains(string(said), "jdk.compiler") {
				t.Skipf("%s: not installed, or without what the example needs: %v", strings.Join(example.needs, " "), err)
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
			env = append(env, "JDK_JAVA_OPTIONS=-Dhttps.proxyHost="+s.base.Hostname()+" -Dhttps.proxyPort="+s.base.Port())
			run(ca, env, "https://api.mch.weixin.qq.com")
		})
	}
}

// javaTrust makes a trust store of the authority: what it takes to use it.
func javaTrust(t *testing.T, ca string) []string {
	t.Helper()
	store := filepath.Join(t.TempDir(), "pocket.jks")
	importing := exec.Command("keytool", "-importcert", "-noprompt", "-alias", "pocket", "-file", ca, "-keystore", store, "-storepass", "changeit")
	if text, err := importing.CombinedOutput(); err != nil {
		t.Fatalf("keytool: %v\n%s", err, text)
	}
	return []string{"-Djavax.net.ssl.trustStore=" + store, "-Djavax.net.ssl.trustStorePassword=changeit"}
}

// TestRecipes runs the shell of docs/recipes.md, block after block in one world, and expects what stands below the blocks.
func TestRecipes(t *testing.T) {
	for _, need := range []string{"bash", "curl", "jq", "openssl"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not installed", need)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "wechat", "sim", "docs", "recipes.md"))
	if err != nil {
		t.Fatal(err)
	}
	var shell, want strings.Builder
	for _, block := range regexp.MustCompile("(?s)```(sh|text)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if block[1] == "sh" {
			shell.WriteString(block[2])
		} else {
			want.WriteString(block[2])
		}
	}
	if want.Len() == 0 {
		t.Fatal("the recipes promise nothing")
	}
	s := startSimulator(t)
	run := exec.Command("bash", "-e", "-c", shell.String())
	run.Dir, run.Stderr = t.TempDir(), os.Stderr
	run.Env = append(os.Environ(), "S="+s.base.String(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	end := time.AfterFunc(2*time.Minute, func() { run.Process.Kill() })
	defer end.Stop()
	said, err := run.Output()
	if err != nil || string(said) != want.String() {
		t.Fatalf("%v, said\n%s\nthe recipes say\n%s", err, said, want.String())
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
