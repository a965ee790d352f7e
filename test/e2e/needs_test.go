package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// needs is what the machine has to have for the story.
type needs struct {
	root     string // of the repository
	node     string
	chromium string
}

func look(t *testing.T) needs {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	n := needs{root: filepath.Dir(filepath.Dir(filepath.Dir(here)))}
	var missing []string
	for _, app := range []string{"phone", "storefront", "console"} {
		if _, err := os.Stat(filepath.Join(n.root, "web", "dist", app, "index.html")); err != nil {
			missing = append(missing, "the built pages of the "+app+" (make web)")
		}
	}
	if _, err := os.Stat(filepath.Join(n.root, "web", "node_modules", "playwright-core")); err != nil {
		missing = append(missing, "web/node_modules (make web)")
	}
	if n.node = firstProgram("node"); n.node == "" {
		missing = append(missing, "node")
	}
	n.chromium = os.Getenv("CHROMIUM")
	if n.chromium == "" {
		n.chromium = firstProgram("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
	}
	if n.chromium == "" {
		missing = append(missing, "a Chromium (or CHROMIUM=/path/to/one)")
	}
	if len(missing) > 0 {
		leave(t, "the story cannot be played without "+strings.Join(missing, ", "))
	}
	return n
}

// leave skips, but never where the story has to be told.
func leave(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func firstProgram(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// build makes the binary that is tested, with the pages as they are built now.
func build(t *testing.T, root string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "shuke")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/shuke")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}
