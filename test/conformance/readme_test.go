package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeSnippets vets the Go of the simulator's README: what a newcomer copies has to compile. Each snippet is told apart
// by what it uses, and stands where its imports can be had: beside this suite, or in the project itself.
func TestReadmeSnippets(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "wechat", "sim", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := []struct{ uses, module, before, after string }{
		{"sim.Server", root, `package main

import (
	"fmt"
	"log"

	"github.com/shuke-commerce/shuke/web"
	"github.com/shuke-commerce/shuke/wechat/sim"
)

func main() {
`, "\n}\n"},
		{"core.NewClient", filepath.Join(root, "test", "conformance"), `package main

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/url"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
)

`, ""},
	}
	used := map[string]bool{}
	for i, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found := false
		for _, kind := range kinds {
			if !strings.Contains(block[1], kind.uses) {
				continue
			}
			found, used[kind.uses] = true, true
			program := kind.before + block[1] + kind.after
			if kind.after == "" { // declarations, then what stands in a function
				program = kind.before + strings.Replace(block[1], "client, err :=", "func connect(ctx context.Context, mchid, serial, publicKeyID string, key *rsa.PrivateKey, publicKey *rsa.PublicKey, base *url.URL) (*core.Client, error) {\nclient, err :=", 1) +
					"\nreturn client, err\n}\n\nfunc main() { _, _ = connect(context.Background(), \"\", \"\", \"\", nil, nil, nil) }\n"
			}
			vet(t, kind.module, program)
		}
		if !found {
			t.Errorf("the README has a Go snippet (number %d) nobody compiles:\n%s", i+1, block[1])
		}
	}
	for _, kind := range kinds {
		if !used[kind.uses] {
			t.Errorf("the README has no snippet with %s any more", kind.uses)
		}
	}
}

// vet builds a program as if it stood in a folder of the module; nothing is written there.
func vet(t *testing.T, module, program string) {
	t.Helper()
	file, overlay := filepath.Join(t.TempDir(), "main.go"), filepath.Join(t.TempDir(), "overlay.json")
	raw, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(module, "snippet", "main.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte(program), overlay: raw} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-o", os.DevNull, "./snippet")
	build.Dir = module
	if said, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, said, program)
	}
}
